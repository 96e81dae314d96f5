/** How full the file system below a folder is, as `df` counts. */

import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Disk {
  /** The folder at which the file system is mounted. */
  readonly mount: string;
  readonly sizeBytes: number;
  /** What a process without privileges can still write. */
  readonly freeBytes: number;
  /** From 0 to 1; 0 for file systems without blocks. */
  readonly usedShare: number;
  /** Inodes, of which each file takes one; 0 where the file system has no fixed number. */
  readonly files: number;
  readonly freeFiles: number;
  readonly usedFileShare: number;
}

/** Reads the figures; `undefined` when the folder does not exist or cannot be looked at. */
export async function readDisk(directory: string): Promise<Disk | undefined> {
  try {
    const place = await realpath(directory);
    const [figures, mount] = await Promise.all([statfs(place), findMount(place)]);
    const used = figures.blocks - figures.bfree;
    return {
      mount,
      sizeBytes: figures.blocks * figures.bsize,
      freeBytes: figures.bavail * figures.bsize,
      usedShare: used / (used + figures.bavail || 1),
      files: figures.files,
      freeFiles: figures.ffree,
      usedFileShare: (figures.files - figures.ffree) / (figures.files || 1),
    };
  } catch {
    return undefined;
  }
}

/** Climbs as long as the parent is on the same device. */
async function findMount(directory: string): Promise<string> {
  const parent = dirname(directory);
  if (parent === directory) return directory;
  const [own, above] = await Promise.all([stat(directory), stat(parent)]);
  return own.dev === above.dev ? findMount(parent) : directory;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Writes a count with the largest binary unit that leaves at least 1 of it, for example `512 MiB` or `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const index = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** index;
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${units[index]}`;
}
