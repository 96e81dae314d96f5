/** Bundles the project of an author for its container. */

export type { BundleProjectOptions } from './bundle/bundle-project.ts';
export { bundleProject } from './bundle/bundle-project.ts';
export type { BundleReport } from './bundle/describe-bundle.ts';
export type { BundleErrorCode } from './errors.ts';
export { BundleError, bundleErrorCodes } from './errors.ts';
export { adviseRenaming, type Misnamed } from './project/find-misnamed.ts';
export type { Project } from './project/find-project.ts';
export { findProject } from './project/find-project.ts';
