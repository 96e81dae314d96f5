/** Bundles a project for its container. */

import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { type BundleWithPackages, bundleAndCarry } from '../carry/bundle-and-carry.ts';
import { assertRunnable } from '../carry/check-carried.ts';
import { type CopiedPackage, copyPackages } from '../carry/copy-packages.ts';
import { readManifest } from '../carry/installed-package.ts';
import { placePackages } from '../carry/place-packages.ts';
import { BundleError } from '../errors.ts';
import { assertZod } from '../project/assert-zod.ts';
import { assertNoFiles } from '../project/check-modules.ts';
import { createEntries, isProgram, listUnused } from '../project/create-entries.ts';
import { findEntrypoint } from '../project/find-entrypoint.ts';
import type { Project } from '../project/find-project.ts';
import { matchStartFiles } from '../project/match-start-files.ts';
import { smokeTest } from '../smoke/smoke-test.ts';
import { assertOutput } from './assert-output.ts';
import { type BundleReport, describeBundle } from './describe-bundle.ts';
import { readRecordedBundle, recordBundle } from './record-bundle.ts';
import { replaceFolder } from './replace-folder.ts';

export interface BundleProjectOptions {
  /**
   * Becomes `package.json`, `dist` and, for packages that stay whole, `node_modules`; what was there goes. The
   * project's own folder may be named when no package stays whole: then only its `dist` is replaced.
   */
  readonly outputDirectory: string;
  /** The container's, on Linux; default this machine's processor. */
  readonly platform?: { readonly architecture: 'amd64' | 'arm64' } | undefined;
  /** Whether a bundle that is there already is left alone when it would be the same; default false. */
  readonly reuse?: boolean | undefined;
  /** Called before the work begins; not for a bundle that is left alone. */
  readonly onBegin?: (() => void) | undefined;
  /** Whether each module is loaded once at the end; default true. */
  readonly smokeTest?: boolean | undefined;
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
  { smokeTest: isTested = true, platform = hostPlatform, reuse = false, ...options }: BundleProjectOptions,
): Promise<BundleReport> {
  const { directory } = project;
  const outputDirectory = resolve(options.outputDirectory);
  const key = { project, outputDirectory, platform };
  const kept = reuse ? await readRecordedBundle(outputDirectory, { key, isTested }) : undefined;
  if (kept !== undefined) return kept;
  options.onBegin?.();
  const startedMs = Date.now();
  const isInPlace = outputDirectory === resolve(directory);
  if (!isInPlace) await assertOutput(outputDirectory, project);
  const entrypoint = await findEntrypoint(directory);
  assertZod(directory);
  const entries = createEntries(project, entrypoint);
  const made = await bundleAndCarry(entries, {
    directory,
    entrypoint,
    ...platform,
    outputDirectory: join(outputDirectory, 'dist'),
    sooner: await matchStartFiles(project, entrypoint),
    external: listUnused(project),
  });
  // An entry point names the modules that lie beside it in the bundle.
  assertNoFiles(
    made.inputs.own.filter((file) => file !== project.main),
    directory,
  );
  assertProduction(project, made);
  if (isInPlace) assertNothingCarried(outputDirectory, made);
  const beside = isInPlace ? join(directory, '.optml') : dirname(outputDirectory);
  let staging: string | undefined;
  try {
    await mkdir(beside, { recursive: true });
    staging = await mkdtemp(join(beside, `.${basename(outputDirectory)}-`));
    const copied = await writeBundle(made, { staging, outputDirectory, project, ...platform });
    if (isTested) {
      const isForeign = platform.architecture !== hostPlatform.architecture || process.platform !== 'linux';
      const installed = isForeign ? placePackages(made.carried, made.roots) : new Map();
      await smokeTest(project, { bundle: staging, outputDirectory, entrypoint, installed });
    }
    if (isInPlace) await replaceFolder(join(outputDirectory, 'dist'), join(staging, 'dist'));
    else await replaceFolder(outputDirectory, staging);
    const report = describeBundle(made.bundle, {
      names: Object.keys(entries),
      directory,
      own: made.inputs.own,
      copied,
    });
    if (reuse && !isInPlace)
      await recordBundle(outputDirectory, { key, isTested, directory, made, report, startedMs });
    return report;
  } catch (error) {
    throw explainWriting(error as NodeJS.ErrnoException, outputDirectory);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
  }
}

const unwritable = /^(?:EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EEXIST)$/;

function explainWriting(error: NodeJS.ErrnoException, outputDirectory: string): Error {
  if (error instanceof BundleError || !unwritable.test(error.code ?? '')) return error;
  const message = `cannot write the bundle to ${outputDirectory}: ${error.message}`;
  return new BundleError('OUTPUT_UNWRITABLE', message, { path: outputDirectory, cause: error });
}

const hostPlatform = { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } as const;

/**
 * @throws BundleError `DEPENDENCY_DEV` for a package that stays whole and is a development dependency of the project
 */
function assertProduction({ directory }: Project, { carried, roots }: BundleWithPackages): void {
  const file = join(directory, 'package.json');
  const { devDependencies = {}, dependencies = {}, optionalDependencies = {} } = readManifest(file);
  for (const [name, folder] of roots) {
    const isDev = Object.hasOwn(devDependencies, name);
    if (!isDev || Object.hasOwn(dependencies, name) || Object.hasOwn(optionalDependencies, name)) continue;
    const message = `${name} ${carried.get(folder)?.reason}, so a container needs it whole, and ${file} has it in "devDependencies": move it to "dependencies"`;
    throw new BundleError('DEPENDENCY_DEV', message, { path: file });
  }
}

function assertNothingCarried(outputDirectory: string, { carried }: BundleWithPackages): void {
  const [first] = carried.values();
  if (first === undefined) return;
  const message = `cannot bundle into the project's own folder ${outputDirectory}: ${first.name} ${first.reason}, and its copy would take the place of node_modules; name another folder, for example .optml/bundle`;
  throw new BundleError('OUTPUT_INVALID', message, { path: outputDirectory });
}

interface Places {
  readonly project: Project;
  readonly outputDirectory: string;
  readonly staging: string;
  readonly architecture: string;
}

/** Gives the packages that it copied. */
async function writeBundle(
  { bundle, carried, roots }: BundleWithPackages,
  { project, outputDirectory, staging, architecture }: Places,
): Promise<readonly CopiedPackage[]> {
  await chmod(staging, 0o755);
  await mkdir(join(staging, 'dist'));
  const { name, version } = project;
  const manifest = { name, version, private: true, type: 'module' };
  await Promise.all([
    writeFile(join(staging, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`),
    ...bundle.outputFiles.map(({ path, contents }) =>
      writeFile(join(staging, relative(outputDirectory, path)), contents),
    ),
  ]);
  if (isProgram(project.training)) await copyPrograms(join(project.directory, 'src'), join(staging, 'dist'));
  const placed = placePackages(carried, roots);
  const copied = await copyPackages(placed, join(staging, 'node_modules'), architecture);
  assertRunnable(copied, architecture);
  return copied;
}

/** Copies the Python files of a project: those that its training program imports lie beside it. */
async function copyPrograms(source: string, target: string): Promise<void> {
  const isPython = (path: string) => path.endsWith('.py') || !extname(path);
  await cp(source, target, {
    recursive: true,
    filter: (path) => isPython(path) && basename(path) !== '__pycache__',
  });
}
