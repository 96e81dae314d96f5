/** Decides which channels of a root stay, and which make room for those of the command. */

import { readdir, stat } from 'node:fs/promises';
import { type Paths, resolveChannelDirectory } from '@optml/contract/paths';
import { CliError } from '../errors.ts';
import { holdsFiles, isLink } from './folder-print.ts';
import { describeStanding, judgeChannel, type RootRecord, type Standing } from './root-record.ts';

/** What becomes of the channels that a root has already. */
export interface ChannelsPlan {
  /** Not optml's: they stay, and are part of the job. */
  readonly kept: ReadonlyMap<string, Standing>;
  /** As optml wrote them: they are deleted. */
  readonly ours: readonly string[];
  /** Written by optml, and perhaps changed by a job: they are moved aside. */
  readonly unclear: readonly string[];
}

/**
 * Plans the channels under `paths` for a command that gives those of `channels`; writes nothing.
 *
 * @throws CliError `ROOT_UNUSABLE` when the command gives a channel that somebody else has put there.
 */
export async function planChannels(
  { paths, record }: { readonly paths: Paths; readonly record: RootRecord },
  channels: ReadonlyMap<string, string>,
): Promise<ChannelsPlan> {
  const kept = new Map<string, Standing>();
  const ours: string[] = [];
  const unclear: string[] = [];
  for (const name of await readdir(paths.inputData).catch(() => [])) {
    const path = resolveChannelDirectory(paths, name);
    const standing = await judgeChannel({ record, paths }, name, path);
    if (standing === 'ours') ours.push(name);
    else if (standing === 'unclear') unclear.push(name);
    else if (channels.has(name)) await assertReplaceable(name, { path, standing, channels });
    else if (await isFolder(path)) kept.set(name, standing);
  }
  return { kept, ours, unclear };
}

/** Where nothing is, nothing is lost: an empty folder may have been made for the channel. */
async function assertReplaceable(
  name: string,
  found: {
    readonly path: string;
    readonly standing: Standing;
    readonly channels: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const { path, standing, channels } = found;
  if (!(await isLink(path)) && !(await holdsFiles(path))) return;
  throw new CliError(
    'ROOT_UNUSABLE',
    `--input "${name}=${channels.get(name)}": ${path} is there already, and stays because it ${describeStanding(standing)}: leave this --input out to train on what is there, move it away, or give another --root`,
    { facts: { path } },
  );
}

/** Links are followed: data that is linked into a tree is a channel, too. */
async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}
