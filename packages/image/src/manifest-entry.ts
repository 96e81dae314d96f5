/** Manifests of images, as `@optml/image/manifest`: their media types, their digests, and how one is written. */

export type { AssembledManifest } from './image/assemble-manifest.ts';
export { assembleManifest, toBlob } from './image/assemble-manifest.ts';
export { digestOf } from './image/digest.ts';
export { mediaTypes } from './image/media-types.ts';
