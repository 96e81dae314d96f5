/** Which thresholds a disk has passed, and in what words to say so. */

import type { Disk } from './read-disk.ts';
import { formatBytes } from './read-disk.ts';

export interface DiskThresholds {
  /** Used parts, from 0 to 1, at which to warn, for space and for inodes; default 0.9 and 0.95. */
  readonly usedShares?: readonly number[] | undefined;
  /** Free space under which to warn, on disks of more than ten times that; default 1 GiB. */
  readonly freeBytes?: number | undefined;
}

export interface DiskNews {
  /** Names the threshold, the same each time. */
  readonly threshold: string;
  readonly message: string;
}

const defaultUsedShares = [0.9, 0.95];
const gibibyte = 1024 ** 3;

/** Lists the thresholds that are passed, of space and of inodes, the most urgent last. */
export function listDiskNews(
  disk: Disk,
  thresholds: DiskThresholds = {},
): { readonly space: readonly DiskNews[]; readonly inodes: readonly DiskNews[] } {
  return { space: listSpaceNews(disk, thresholds), inodes: listInodeNews(disk, thresholds) };
}

function listSpaceNews(disk: Disk, thresholds: DiskThresholds): readonly DiskNews[] {
  const { usedShares = defaultUsedShares, freeBytes = gibibyte } = thresholds;
  const figures = `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.sizeBytes)} are free`;
  const message = `the disk at ${disk.mount} is ${formatShare(disk.usedShare)} full, ${figures}: delete what is not needed or raise VolumeSizeInGB`;
  const passed = disk.sizeBytes === 0 ? [] : usedShares.filter((share) => disk.usedShare >= share);
  const isLow = disk.sizeBytes > freeBytes * 10 && disk.freeBytes < freeBytes;
  return [...passed.map((share) => `space ${share}`), ...(isLow ? ['space low'] : [])].map((threshold) => ({
    threshold,
    message,
  }));
}

function listInodeNews(disk: Disk, { usedShares = defaultUsedShares }: DiskThresholds): readonly DiskNews[] {
  if (disk.files === 0) return [];
  const message = `the disk at ${disk.mount} has used ${formatShare(disk.usedFileShare)} of its inodes, ${disk.freeFiles} of ${disk.files} are free: write fewer and larger files`;
  return usedShares
    .filter((share) => disk.usedFileShare >= share)
    .map((share) => ({ threshold: `inodes ${share}`, message }));
}

/** Rounded down: 100 % is said only of a disk that is full. */
function formatShare(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
