/** Bundles a project for its container. */

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Bundle, bundleModules } from './esbuild/bundle-modules.ts';
import { createEntries, listUnused } from './project/create-entries.ts';
import { findEntrypoint } from './project/find-entrypoint.ts';
import type { Project } from './project/find-project.ts';
import { matchStartFiles } from './project/match-start-files.ts';
import { smokeTest } from './smoke/smoke-test.ts';

export interface BundleProjectOptions {
  /**
   * Becomes `package.json`, `dist` and, for packages that stay whole, `node_modules`; what was there goes. The
   * project's own folder may be named when no package stays whole: then only its `dist` is replaced.
   */
  readonly outputDirectory: string;
  /** The container's, on Linux; default this machine's processor. */
  readonly platform?: { readonly architecture: 'amd64' | 'arm64' };
  /** Whether each module is loaded once at the end; default true. */
  readonly smokeTest?: boolean;
}

/** What went where; sizes in bytes. */
export interface BundleReport {
  readonly entries: readonly { readonly name: string; readonly file: string; readonly bytes: number }[];
  /** All files together. */
  readonly bytes: number;
}

/**
 * Bundles `project` into `outputDirectory`: `dist/main.js`, which takes `train` and `serve`, and all that it needs. The
 * folder is written beside its place and renamed: a bundle that fails leaves what was there.
 *
 * @throws BundleError for what the author can change
 *
 * @example
 * ```ts
 * import { bundleProject, findProject } from '@optml/bundle';
 *
 * const report = await bundleProject(await findProject('.'), { outputDirectory: '.optml/bundle' });
 * ```
 */
export async function bundleProject(
  project: Project,
  { smokeTest: isTested = true, ...options }: BundleProjectOptions,
): Promise<BundleReport> {
  const outputDirectory = resolve(options.outputDirectory);
  const entrypoint = await findEntrypoint(project.directory);
  const entries = createEntries(project, entrypoint);
  const bundle = await bundleModules(entries, {
    directory: project.directory,
    outputDirectory: join(outputDirectory, 'dist'),
    sooner: await matchStartFiles(project, entrypoint),
    external: listUnused(project),
  });
  const isInPlace = outputDirectory === resolve(project.directory);
  const beside = isInPlace ? join(project.directory, '.optml') : dirname(outputDirectory);
  await mkdir(beside, { recursive: true });
  const staging = await mkdtemp(join(beside, `.${basename(outputDirectory)}-`));
  try {
    await writeBundle(bundle, { outputDirectory, staging, project });
    if (isTested) await smokeTest(project, { bundle: staging, outputDirectory, entrypoint });
    if (isInPlace) await replace(join(outputDirectory, 'dist'), join(staging, 'dist'));
    else await replace(outputDirectory, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return describeBundle(bundle, Object.keys(entries));
}

interface Places {
  readonly project: Project;
  readonly outputDirectory: string;
  readonly staging: string;
}

async function writeBundle(
  { outputFiles }: Bundle,
  { project, outputDirectory, staging }: Places,
): Promise<void> {
  await mkdir(join(staging, 'dist'));
  const { name, version } = project;
  const manifest = { name, ...(version !== undefined && { version }), private: true, type: 'module' };
  await Promise.all([
    writeFile(join(staging, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`),
    ...outputFiles.map(({ path, contents }) =>
      writeFile(join(staging, relative(outputDirectory, path)), contents),
    ),
  ]);
}

/** Puts `made` in the place of `folder`, which is gone for the moment between two renames at most. */
async function replace(folder: string, made: string): Promise<void> {
  const old = `${made}-old`;
  const isThere = await rename(folder, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  await rename(made, folder);
  if (isThere) await rm(old, { recursive: true });
}

function describeBundle({ outputFiles }: Bundle, names: readonly string[]): BundleReport {
  const sizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents.byteLength]));
  return {
    entries: names.map((name) => ({
      name,
      file: `dist/${name}.js`,
      bytes: sizes.get(`${name}.js`) as number,
    })),
    bytes: outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0),
  };
}
