/** Finds the checkpoints that a job on a root would go on from. */

import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { configFiles } from '@optml/contract';
import type { Paths } from '@optml/contract/paths';
import { findLatestCheckpoint } from '@optml/train';
import { contains } from './channel-sources.ts';
import { holdsFiles } from './folder-print.ts';
import { findEarlier } from './set-aside.ts';

/** Where a job's checkpoints are. */
export interface CheckpointFolder {
  readonly path: string;
  /** False for one that `checkpointconfig.json` names outside the root, where optml moves nothing. */
  readonly isInRoot: boolean;
}

/** Finds the folder: that of `checkpointconfig.json`, or the root's own. */
export async function findCheckpointFolder(paths: Paths): Promise<CheckpointFolder> {
  const path = (await readLocalPath(paths)) ?? paths.checkpoints;
  return { path, isInRoot: path !== paths.root && contains(paths.root, path) };
}

/** A file that means nothing is the container's to refuse. */
async function readLocalPath(paths: Paths): Promise<string | undefined> {
  try {
    const { fileName, schema } = configFiles.checkpointConfig;
    const text = await readFile(join(paths.inputConfig, fileName), 'utf8');
    const { LocalPath } = schema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
    return isAbsolute(LocalPath) ? LocalPath : undefined;
  } catch {
    return undefined;
  }
}

/** Says what a job that keeps its checkpoints goes on from. */
export async function describeResumption(
  paths: Paths,
  { path }: CheckpointFolder,
  warn: (message: string) => void,
): Promise<string> {
  const latest = await findLatestCheckpoint(path, warn);
  if (latest !== undefined) return `resuming from step ${latest.step}: ${latest.path}`;
  if (await holdsFiles(path))
    return `resuming from what is in ${path}: its files are not checkpoints of optml, so only the container knows their step`;
  const earlier = await findEarlier(paths, path);
  const advice =
    earlier === undefined ? '' : `; an earlier job's are in ${earlier}: move them there to go on from them`;
  return `no checkpoints to resume from in ${path}: starting from the beginning${advice}`;
}
