/** Finds the files and folders that `--input` names, and holds them against the root that they are copied into. */

import { realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import { CliError } from '../errors.ts';
import { advisePath } from './advise-path.ts';

/** What is copied into a channel. */
export interface ChannelSource {
  /** Absolute, without links. */
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Resolves the source of each channel.
 *
 * @throws CliError `INPUT_INVALID` for a path that is not there, cannot be read, or shares the root.
 */
export async function resolveSources(
  paths: Paths,
  channels: ReadonlyMap<string, string>,
  workingDirectory: string,
): Promise<ReadonlyMap<string, ChannelSource>> {
  const root = await realpath(paths.root).catch(() => paths.root);
  // In a tree made by hand it may be a link to somewhere else.
  const data = await realpath(paths.inputData).catch(() => paths.inputData);
  const sources = new Map<string, ChannelSource>();
  for (const [channel, typed] of channels) {
    const fail = (reason: string, cause?: unknown) =>
      new CliError('INPUT_INVALID', `--input "${channel}=${typed}": ${reason}`, {
        cause,
        facts: { channel },
      });
    const path = resolve(workingDirectory, typed);
    const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw fail(`${path} cannot be read (${cause.code})`, cause);
      throw fail(advisePath(channel, typed) ?? `${path} does not exist: give a file or a folder`, cause);
    });
    const stats = await stat(real);
    if (!stats.isDirectory() && !stats.isFile()) throw fail(`${path} is neither a file nor a folder`);
    if (contains(root, real) || contains(data, real))
      throw fail(`${path} is inside the root ${paths.root}, which is prepared again for each job`);
    if (contains(real, root)) throw fail(`${path} holds the root ${paths.root}: give another --root`);
    if (!contains(root, data))
      throw fail(`${paths.inputData} leads out of the root, to ${data}: give another --root`);
    sources.set(channel, { path: real, isFolder: stats.isDirectory() });
  }
  return sources;
}

/** Tells whether `path` is `folder` or in it. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}
