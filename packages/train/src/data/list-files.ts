/** Lists what can be read below a folder. */

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Lists the regular files below `directory`, and links to such, absolute and sorted; none when it does not exist. */
export async function listFiles(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  try {
    for await (const entry of walk(directory)) {
      const path = join(entry.parentPath, entry.name);
      // A FIFO or a socket among files would be waited for without end.
      if (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFile(path)))) files.push(path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
  return files.sort();
}

/** Links to folders are not followed: `recursive` of `readdir` follows them from Node 26 on. */
async function* walk(directory: string): AsyncGenerator<Dirent> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* walk(join(directory, entry.name));
    else yield entry;
  }
}

async function leadsToFile(link: string): Promise<boolean> {
  return (await stat(link).catch(() => undefined))?.isFile() ?? false;
}
