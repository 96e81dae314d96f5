import { expect, test } from 'vitest';
import { listDiskNews } from './list-disk-news.ts';

const gibibyte = 1024 ** 3;

/** A disk of `size` GiB with `free` of them left. */
function makeDisk(size: number, free: number, freeFiles = 1_000) {
  const usedShare = size === 0 ? 0 : (size - free) / size;
  const files = 1_000;
  const usedFileShare = (files - freeFiles) / files;
  const bytes = { sizeBytes: size * gibibyte, freeBytes: free * gibibyte };
  return { mount: '/opt/ml/model', ...bytes, usedShare, files, freeFiles, usedFileShare };
}

const name = ({ threshold }: { readonly threshold: string }) => threshold;

test.each([
  ['89 % used', makeDisk(100, 11), []],
  ['90 % used', makeDisk(100, 10), ['space 0.9']],
  ['96 % used', makeDisk(100, 4), ['space 0.9', 'space 0.95']],
  ['less than 1 GiB free', makeDisk(100, 0.5), ['space 0.9', 'space 0.95', 'space low']],
  ['a small disk with half of it free', makeDisk(1, 0.5), []],
  ['no blocks', makeDisk(0, 0), []],
])('of a disk with %s the thresholds are listed', (_, disk, thresholds) => {
  expect(listDiskNews(disk).space.map(name)).toEqual(thresholds);
});

test.each([
  [101, []],
  [100, ['inodes 0.9']],
  [50, ['inodes 0.9', 'inodes 0.95']],
])('of a disk with %i of 1,000 inodes free the thresholds are listed', (freeFiles, thresholds) => {
  expect(listDiskNews(makeDisk(100, 99, freeFiles)).inodes.map(name)).toEqual(thresholds);
});

test('a file system without a fixed number of inodes has no news of them', () => {
  expect(listDiskNews({ ...makeDisk(100, 99, 0), files: 0 }).inodes).toEqual([]);
});

test('the messages name the mount and the figures with their units', () => {
  const { space, inodes } = listDiskNews(makeDisk(30, 1.5, 20));

  expect(space.at(-1)?.message).toBe(
    'the disk at /opt/ml/model is 95 % full, 1.5 GiB of 30 GiB are free: delete what is not needed or raise VolumeSizeInGB',
  );
  expect(inodes.at(-1)?.message).toBe(
    'the disk at /opt/ml/model has used 98 % of its inodes, 20 of 1000 are free: write fewer and larger files',
  );
});
