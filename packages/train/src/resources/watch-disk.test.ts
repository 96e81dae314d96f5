import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatBytes, readDisk } from './read-disk.ts';
import { watchDisk } from './watch-disk.ts';

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'optml-disk-')));
});

afterAll(() => rm(directory, { recursive: true }));

/** Resolves with the first warnings, `count` of them. */
function collect(
  count: number,
  start: (warn: (message: string) => void) => void,
): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const messages: string[] = [];
    start((message) => {
      messages.push(message);
      if (messages.length === count) resolve(messages);
    });
  });
}

test('a folder has the figures of the file system below it, and its mount', async () => {
  const disk = await readDisk(directory);

  expect(disk?.sizeBytes).toBeGreaterThan(0);
  expect(disk?.freeBytes).toBeLessThanOrEqual(disk?.sizeBytes ?? 0);
  const mount = disk?.mount ?? '';
  expect(directory.startsWith(mount)).toBe(true);
  expect((await stat(mount)).dev).toBe((await stat(directory)).dev);
  if (mount !== '/') expect((await stat(dirname(mount))).dev).not.toBe((await stat(mount)).dev);
});

test('a folder that does not exist has none', async () => {
  expect(await readDisk(join(directory, 'absent'))).toBeUndefined();
});

test('a file system without blocks is not full', async () => {
  expect(await readDisk('/proc/self')).toMatchObject({
    mount: '/proc',
    sizeBytes: 0,
    usedShare: 0,
    usedFileShare: 0,
  });
});

test('a passed threshold is warned of with the mount and figures with units', async () => {
  const stop = new AbortController();
  const disk = await readDisk(directory);

  const [message] = await collect(1, (warn) =>
    watchDisk([directory], { signal: stop.signal, warn, usedShares: [0], freeBytes: 0 }),
  );

  stop.abort();
  expect(message).toContain(`the disk at ${disk?.mount} is `);
  expect(message).toMatch(/ \d+ % full, [\d.]+ [KMGT]iB of [\d.]+ [KMGT]iB are free: .*VolumeSizeInGB$/);
});

test('each threshold is warned of once, the highest that is passed alone, also for two folders of one disk', async () => {
  const stop = new AbortController();
  const messages: string[] = [];

  watchDisk([directory, directory, join(directory, 'absent')], {
    signal: stop.signal,
    intervalMs: 1,
    warn: (message) => messages.push(message),
    usedShares: [-1, 0],
    freeBytes: 0,
  });
  for (let looks = 0; looks < 20; looks++) await readDisk(directory).then(() => nextTurn());

  stop.abort();
  const kinds = messages.map((message) => (message.includes('inodes') ? 'inodes' : 'space'));
  expect(kinds.filter((kind) => kind === 'space')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'inodes').length).toBeLessThanOrEqual(1);
});

test('a watch that was ended before it began never warns', async () => {
  const messages: string[] = [];

  watchDisk([directory], {
    signal: AbortSignal.abort(),
    warn: (message) => messages.push(message),
    usedShares: [0],
  });
  await readDisk(directory);

  expect(messages).toEqual([]);
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1 KiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [512 * 1024 ** 2, '512 MiB'],
  [4096 * 1024 ** 4, '4096 TiB'],
])('%d bytes are written as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
