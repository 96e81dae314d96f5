/** What an image of the project is made of: its bundle, and what its configuration says of the image. */

import { join } from 'node:path';
import type { BundleReport } from '@optml/bundle';
import type { ImageConfig, ImageFile } from '../configuration/project-config.ts';
import { listServerVariables } from '../configuration/server-variables.ts';
import { CliError } from '../errors.ts';
import { bundleCurrent, writePrograms } from '../project/bundle-current.ts';
import { findManagerProblem } from '../project/find-manager-problem.ts';
import type { OpenProject } from '../project/open-project.ts';
import { writeProse } from '../terminal/write-to.ts';

/** An image as it is declared; paths start from the project's folder. */
export interface ImageDeclaration extends ImageConfig {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly ImageFile[];
  /** The bundled predictor, whose capability labels SageMaker must find on the image. */
  readonly predictor?: string | undefined;
  /** What was bundled. */
  readonly report?: BundleReport;
}

/**
 * Bundles the project for a processor and adds the bundle to what its configuration declares. A project without either
 * module is what it declares alone.
 *
 * @throws CliError `BUNDLE_FAILED`, `PROJECT_INVALID`
 */
export async function readImageDeclaration(
  project: OpenProject,
  {
    architecture,
    stderr,
  }: { readonly architecture: 'amd64' | 'arm64'; readonly stderr: NodeJS.WritableStream },
): Promise<ImageDeclaration> {
  const { config } = project.loaded;
  const { image = {} } = config;
  const own = { ...image, name: nameImage(project), folder: project.directory };
  if (project.training === undefined && project.predictor === undefined) {
    return { ...own, files: image.files ?? [] };
  }
  await checkPackages(project, stderr);
  const { directory: bundle, report } = await bundleCurrent(project, {
    architecture,
    smokeTest: true,
    stderr,
  });
  return {
    ...own,
    report,
    files: [...(await listBundleFiles(project, bundle)), ...(image.files ?? [])],
    entrypoint: image.entrypoint ?? ['node', '/app/dist/main.js'],
    environment: { NODE_ENV: 'production', ...listServerVariables(config), ...image.environment },
    predictor: project.predictor && join(bundle, 'dist/predictor.js'),
  };
}

/** An image is for good: it holds what the lock file names, or is refused. */
async function checkPackages({ directory }: OpenProject, stderr: NodeJS.WritableStream): Promise<void> {
  const problem = await findManagerProblem(directory);
  if (problem === undefined) return;
  if (problem.isSerious) throw new CliError('PROJECT_INVALID', problem.message);
  await writeProse(stderr, problem.message);
}

/** What changes least comes first: chunks are named by their content, and mostly the code of dependencies. */
async function listBundleFiles(project: OpenProject, bundle: string): Promise<readonly ImageFile[]> {
  return [
    { from: join(bundle, 'package.json'), to: '/app/' },
    { from: join(bundle, 'node_modules'), to: '/app/node_modules', layer: 'dependencies', optional: true },
    { from: join(bundle, 'dist/chunk-*'), to: '/app/dist/', layer: 'dependencies', optional: true },
    { from: join(bundle, 'dist'), to: '/app/dist' },
    { from: await writePrograms(project), to: '/usr/local/bin/' },
  ];
}

/** The configured name, or the package's without its scope: a repository's allows less. @throws CliError `PROJECT_INVALID` */
export function nameImage({ name, directory, loaded }: OpenProject): string {
  const configured = loaded.config.image?.name;
  if (configured !== undefined) return configured;
  const own = name.replace(/^@[^/]*\//, '').toLowerCase();
  if (/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(own)) return own;
  throw new CliError(
    'PROJECT_INVALID',
    `the package's name "${name}" is not a valid image name: set "optml": {"image": {"name": "my-model"}} in ${join(directory, 'package.json')}`,
  );
}
