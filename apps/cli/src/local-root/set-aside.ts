/** Moves what an earlier job left out of the way of the next one. Nothing of it is ever deleted. */

import { mkdir, readdir, realpath, rename } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import { createFolder } from '@optml/image/files';
import { holdsFiles } from './folder-print.ts';

/** The folder of a root that holds what earlier jobs left, one folder for each. */
export const earlierFolderName = 'earlier';

/** What was moved, and where it is now. */
export interface Moved {
  readonly from: string;
  readonly to: string;
}

/**
 * Moves those of `places` that hold anything below `earlier/<time>` of the root, under the names that they had there. A
 * link stays, and the folder that it leads to is moved to its own neighbourhood, on the same disk.
 */
export async function setAside(
  paths: Paths,
  places: readonly string[],
  now: Date,
): Promise<readonly Moved[]> {
  const time = now.toISOString().replaceAll(':', '-');
  const moved: Moved[] = [];
  for (const from of places) {
    if (!(await holdsFiles(from))) continue;
    const real = await realpath(from);
    const isLink = real !== join(await realpath(dirname(from)), relative(dirname(from), from));
    const to = isLink
      ? `${real}.earlier-${time}`
      : join(paths.root, earlierFolderName, time, relative(paths.root, from));
    await createFolder(dirname(to));
    await rename(real, to);
    if (isLink) await mkdir(real);
    moved.push({ from, to });
  }
  return moved;
}

/** Finds the folder that was moved away last from `place` of the root; `undefined` when none was. */
export async function findEarlier(paths: Paths, place: string): Promise<string | undefined> {
  const folder = join(paths.root, earlierFolderName);
  const times = await readdir(folder).catch(() => []);
  for (const time of times.sort().reverse()) {
    const candidate = join(folder, time, relative(paths.root, place));
    if (await holdsFiles(candidate)) return candidate;
  }
  return undefined;
}
