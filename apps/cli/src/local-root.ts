/**
 * Prepares a folder as SageMaker prepares `/opt/ml` before it starts a training container.
 * Everything is checked before anything is written, and only `model/`, `output/` and the channels
 * that are replaced are ever deleted, in a folder that is such a tree already.
 */

import { constants } from 'node:fs';
import { cp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { type Paths, resolveChannelDirectory, resolvePaths } from '@optml/contract';
import { createFolder } from '@optml/image/create-folder';
import { CliError } from './errors.ts';
import { type JobConfiguration, planConfiguration } from './job-configuration.ts';
import type { TrainingOptions } from './training-options.ts';

/** A tree that a training container can be started on. */
export interface LocalRoot {
  readonly paths: Paths;
  /** What its config files say now, kept and given entries together. */
  readonly configuration: JobConfiguration;
}

/**
 * Prepares the tree under `root`: config files, channels (copied, as in File mode), an empty model
 * and output, and the checkpoints as they were. A tree that is there keeps its config files and
 * channels; `options` add to them or replace entries.
 *
 * @throws CliError `ROOT_UNUSABLE`, `INPUT_INVALID`, `HYPERPARAMETER_INVALID` before anything is
 * written, `ROOT_NOT_WRITTEN` when the disk refuses.
 */
export async function prepareLocalRoot(
  root: string,
  options: TrainingOptions,
  { workingDirectory }: { readonly workingDirectory: string },
): Promise<LocalRoot> {
  const paths = resolvePaths(resolve(workingDirectory, root));
  await assertUsable(paths);
  const sources = await resolveSources(paths, options.channels, workingDirectory);
  const configuration = await planConfiguration(paths, options);
  try {
    await write(paths, sources, configuration);
  } catch (cause) {
    throw new CliError('ROOT_NOT_WRITTEN', `cannot prepare ${paths.root}: ${(cause as Error).message}`, {
      cause,
    });
  }
  return { paths, configuration };
}

async function assertUsable(paths: Paths): Promise<void> {
  const fail = (reason: string, cause?: unknown) =>
    new CliError('ROOT_UNUSABLE', `--root ${paths.root} ${reason}`, { cause, facts: { path: paths.root } });
  const entries = await readdir(paths.root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw fail('is not a folder: give a new or an empty one', error);
    throw fail(`cannot be read (${error.code})`, error);
  });
  if (entries.length === 0 || (await isFolder(paths.inputConfig))) return;
  throw fail(
    'is not empty and has no input/config, so it is not a SageMaker tree: give a new or an empty folder, because model/ and output/ are emptied',
  );
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

interface Source {
  readonly path: string;
  readonly isFolder: boolean;
}

async function resolveSources(
  paths: Paths,
  channels: ReadonlyMap<string, string>,
  workingDirectory: string,
): Promise<Map<string, Source>> {
  const root = await realpath(paths.root).catch(() => paths.root);
  // In a tree made by hand it may be a link to somewhere else.
  const data = await realpath(paths.inputData).catch(() => paths.inputData);
  const sources = new Map<string, Source>();
  for (const [channel, typed] of channels) {
    const fail = (reason: string, cause?: unknown) =>
      new CliError('INPUT_INVALID', `--input "${channel}=${typed}": ${reason}`, {
        cause,
        facts: { channel },
      });
    const path = resolve(workingDirectory, typed);
    const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw fail(`${path} cannot be read (${cause.code})`, cause);
      throw fail(`${path} does not exist: give a file or a folder`, cause);
    });
    const stats = await stat(real);
    if (!stats.isDirectory() && !stats.isFile()) throw fail(`${path} is neither a file nor a folder`);
    if (contains(root, real) || contains(data, real))
      throw fail(`${path} is inside the root ${paths.root}, which is prepared anew`);
    if (contains(real, root)) throw fail(`${path} holds the root ${paths.root}: give another --root`);
    sources.set(channel, { path: real, isFolder: stats.isDirectory() });
  }
  return sources;
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}

async function write(paths: Paths, sources: Map<string, Source>, configuration: JobConfiguration) {
  for (const folder of [paths.model, paths.output]) await rm(folder, { recursive: true, force: true });
  const folders = [paths.inputConfig, paths.inputData, paths.model, paths.outputData, paths.outputMetrics];
  for (const folder of [...folders, paths.checkpoints]) await createFolder(folder);
  for (const [channel, source] of sources) await copyChannel(source, resolveChannelDirectory(paths, channel));
  for (const [fileName, value] of Object.entries(configuration.filesToWrite)) {
    await writeFile(join(paths.inputConfig, fileName), `${JSON.stringify(value, undefined, 2)}\n`);
  }
}

/** Links become the files they point at, as in a download from S3; a file system that can shares the blocks. */
async function copyChannel(source: Source, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const destination = source.isFolder ? target : join(target, basename(source.path));
  await createFolder(target);
  await cp(source.path, destination, {
    recursive: true,
    dereference: true,
    mode: constants.COPYFILE_FICLONE,
  });
}
