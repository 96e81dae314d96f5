/** Tells whether a folder is still as it was: by the names, sizes and change times of all that is in it. */

import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder looked like once. Nothing is read for it: a channel may hold more than fits a cache. */
export interface FolderPrint {
  /** A digest of names and sizes, which a copy of the folder has, too. */
  readonly shape: string;
  /** A digest of names, sizes and the times of the last change, which nobody can set back. */
  readonly state: string;
}

/** Takes the print of the folder at `path`; `undefined` for what is not a folder itself, such as a link to one. */
export async function printFolder(path: string): Promise<FolderPrint | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) return undefined;
  const shape = createHash('sha256');
  const state = createHash('sha256');
  const visit = async (folder: string): Promise<void> => {
    const names = (await readdir(join(path, folder))).sort();
    for (const name of names) {
      const entry = join(folder, name);
      const { size, ctimeNs, ...found } = await lstat(join(path, entry), { bigint: true });
      const isFolder = (Number(found.mode) & 0o170000) === 0o040000;
      // The time of a folder changes with its entries, which are in the print themselves.
      shape.update(`${JSON.stringify(entry)} ${isFolder ? 'folder' : size}\n`);
      state.update(`${JSON.stringify(entry)} ${isFolder ? 'folder' : `${size} ${ctimeNs}`}\n`);
      if (isFolder) await visit(entry);
    }
  };
  await visit('');
  return { shape: shape.digest('hex'), state: state.digest('hex') };
}

export async function isLink(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isSymbolicLink() ?? false;
}

/** Tells whether anything but folders is in `path`, or is `path`. */
export async function holdsFiles(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return false;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return true;
  for (const entry of entries) {
    if (!entry.isDirectory() || (await holdsFiles(join(path, entry.name)))) return true;
  }
  return false;
}
