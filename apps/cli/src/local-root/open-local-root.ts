/**
 * Prepares a folder as SageMaker prepares `/opt/ml` before it starts a training container: a job finds what the command
 * says and nothing of an earlier job. Everything is checked before anything is written. Only what optml wrote is replaced
 * or deleted, and only as it wrote it; what jobs left is moved aside; what somebody else put there stays.
 */

import { readdir, realpath, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Paths, resolvePaths } from '@optml/contract/paths';
import { createFolder } from '@optml/image/files';
import { CliError } from '../errors.ts';
import { type ChannelSource, resolveSources } from './channel-sources.ts';
import { type CheckpointFolder, findCheckpointFolder } from './job-checkpoints.ts';
import { type JobConfiguration, planConfiguration } from './job-configuration.ts';
import { type ChannelsPlan, planChannels } from './plan-channels.ts';
import { lockRoot, type RootLock } from './root-lock.ts';
import { locateLock, readRecord, stateFolderName } from './root-record.ts';
import type { Moved } from './set-aside.ts';
import type { TrainingOptions } from './training-options.ts';
import { noteEnd, type RootPlan, writeRoot } from './write-root.ts';

/** A tree that a training container can be started on. Nobody else prepares it until it is closed. */
export interface LocalRoot {
  readonly paths: Paths;
  readonly configuration: JobConfiguration;
  /** Where each channel of the command comes from. */
  readonly sources: ReadonlyMap<string, ChannelSource>;
  /** The channels that were there and stay. */
  readonly kept: ChannelsPlan['kept'];
  readonly checkpoints: CheckpointFolder;
  /** What earlier jobs left, and where it is now. */
  readonly moved: readonly Moved[];
  /** Also holds the root while the container lives, which is a process group of this number. */
  holdFor(container: number): void;
  /** Notes what the job left, and lets the next one in. */
  close(): Promise<void>;
}

export interface LocalRootOptions {
  readonly workingDirectory: string;
  /** True when the job is to find the checkpoints of the one before. */
  readonly resume: boolean;
  readonly now: Date;
}

/**
 * Prepares the tree under `root`: config files, channels (copied, as in File mode), and an empty model, output and
 * checkpoints.
 *
 * @throws CliError `ROOT_UNUSABLE`, `INPUT_INVALID`, `HYPERPARAMETER_INVALID`, `ROOT_IN_USE` before anything is
 * written, `ROOT_NOT_WRITTEN` when the disk refuses.
 */
export async function openLocalRoot(
  root: string,
  options: TrainingOptions,
  { workingDirectory, resume, now }: LocalRootOptions,
): Promise<LocalRoot> {
  const paths = resolvePaths(resolve(workingDirectory, root));
  const isNew = await assertUsable(paths);
  const sources = await resolveSources(paths, options.channels, workingDirectory);
  let lock: RootLock | undefined;
  try {
    lock = await lockState(paths);
    const plan = await planRoot(paths, options, { sources, resume });
    const written = await writeRoot(plan, now);
    const { release, include } = lock;
    return {
      ...plan,
      moved: written.moved,
      kept: plan.channels.kept,
      holdFor: include,
      // Without the note, the next preparation moves aside what it cannot be sure of.
      close: () =>
        noteEnd(paths, written)
          .catch(() => {})
          .finally(release),
    };
  } catch (cause) {
    lock?.release();
    await removeEmpty(join(paths.root, stateFolderName), ...(isNew ? [paths.root] : []));
    throw cause instanceof CliError ? cause : explainRefusal(paths, cause as NodeJS.ErrnoException);
  }
}

/** Says whether there is nothing at the root yet. */
async function assertUsable(paths: Paths): Promise<boolean> {
  const fail = (reason: string, cause?: unknown) =>
    new CliError('ROOT_UNUSABLE', `--root ${paths.root} ${reason}`, { cause, facts: { path: paths.root } });
  let entries: readonly string[];
  try {
    entries = await readdir(paths.root);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'ENOTDIR') throw fail('is not a folder: give a new or an empty one', cause);
    throw fail(`cannot be read (${code})`, cause);
  }
  const ofTree = [paths.inputConfig, paths.inputData, join(paths.root, stateFolderName)];
  const isTree = (await Promise.all(ofTree.map(isFolder))).includes(true);
  if (entries.length === 0 || isTree) return false;
  throw fail(
    'is not empty and has neither input/config nor input/data, so it is not a SageMaker tree: give a new or an empty folder',
  );
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function lockState(paths: Paths): Promise<RootLock> {
  const folder = join(paths.root, stateFolderName);
  await createFolder(folder);
  return lockRoot(await realpath(paths.root), locateLock(paths.root));
}

async function planRoot(
  paths: Paths,
  options: TrainingOptions,
  { sources, resume }: { readonly sources: RootPlan['sources']; readonly resume: boolean },
): Promise<RootPlan> {
  const record = await readRecord(paths);
  const channels = await planChannels({ paths, record }, options.channels);
  const configuration = await planConfiguration({ paths, record }, options, [...channels.kept.keys()]);
  const checkpoints = await findCheckpointFolder(paths);
  return { paths, record, channels, configuration, checkpoints, sources, resume };
}

async function removeEmpty(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {});
}

const advice: Readonly<Record<string, string>> = {
  EACCES: 'give a --root that you may write to',
  EPERM: 'give a --root that you may write to',
  EROFS: 'give a --root on a disk that can be written to',
  ENOENT: 'a link there leads nowhere: move it away, or give another --root',
  EEXIST: 'a file is in the way: move it away, or give another --root',
  ENOTDIR: 'a file is in the way: move it away, or give another --root',
  ENOSPC: 'free some space, or give a --root on another disk',
  EXDEV: 'give a --root that is on one disk, or move that folder away yourself',
  EBUSY: 'move the content of that folder away yourself, or give another --root',
};

/** Makes a folder of a root. @throws CliError `ROOT_NOT_WRITTEN` */
export async function makeRootFolder(path: string, paths: Paths): Promise<void> {
  await createFolder(path).catch((cause) => Promise.reject(explainRefusal(paths, cause)));
}

function explainRefusal(paths: Paths, cause: NodeJS.ErrnoException): CliError {
  const what = advice[cause.code ?? ''];
  return new CliError(
    'ROOT_NOT_WRITTEN',
    `cannot prepare ${paths.root}: ${cause.message}${what === undefined ? '' : `: ${what}`}`,
    { cause },
  );
}
