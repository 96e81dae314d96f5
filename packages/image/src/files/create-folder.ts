/** Makes a folder to write to, and those above it. */

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes it unless it is there. Node's own `recursive` tries without end where a file system says of every new folder that
 * its parent is missing, as /proc and automounters do.
 */
export async function createFolder(path: string): Promise<void> {
  const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';
  try {
    await createOne(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await createFolder(dirname(path));
    await createOne(path);
  }
}

async function createOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory();
    if (!isThere) throw error;
  }
}
