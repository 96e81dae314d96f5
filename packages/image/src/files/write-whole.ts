/** Writes files that appear whole or not at all. */

import { rename, rm } from 'node:fs/promises';

/** Has `write` fill the file `unfinished` and name the one that it becomes; it is removed when that fails. */
export async function writeWhole(unfinished: string, write: () => Promise<string>): Promise<string> {
  try {
    const file = await write();
    await rename(unfinished, file);
    return file;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

/** Has `write` fill a file beside `file`, which it replaces: a reader sees the old content or the new one. */
export async function replaceFile(file: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${file}.${crypto.randomUUID()}.unfinished`;
  await writeWhole(unfinished, async () => {
    await write(unfinished);
    return file;
  });
}
