/** Puts a folder in the place of another. */

import { rename, rm } from 'node:fs/promises';

/** Puts `made` in the place of `folder`, which is gone for the moment between two renames at most. */
export async function replaceFolder(folder: string, made: string): Promise<void> {
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
