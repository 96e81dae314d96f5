import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Paths, resolvePaths } from '../platform/paths.ts';
import { releaseFailureFile, reserveFailureFile, writeFailureFile } from './failure-file.ts';

let paths: Paths;

beforeEach(async () => {
  paths = resolvePaths(await mkdtemp(join(tmpdir(), 'optml-failure-')));
});

afterEach(() => rm(paths.root, { recursive: true }));

test('the reason is written, and its folder made', async () => {
  const result = await writeFailureFile(paths, 'no files in channel training');

  expect(result).toBe('written');
  expect(await readFile(paths.failure, 'utf8')).toBe('no files in channel training');
});

test("the author's own text is never overwritten", async () => {
  await mkdir(dirname(paths.failure), { recursive: true });
  await writeFile(paths.failure, 'mine');

  const result = await writeFailureFile(paths, 'ours');

  expect(result).toBe('kept');
  expect(await readFile(paths.failure, 'utf8')).toBe('mine');
});

test('an empty file is nobody’s text and is written', async () => {
  await mkdir(dirname(paths.failure), { recursive: true });
  await writeFile(paths.failure, '\n');

  const result = await writeFailureFile(paths, 'ours');

  expect(result).toBe('written');
  expect(await readFile(paths.failure, 'utf8')).toBe('ours');
});

describe('a place that was reserved', () => {
  beforeEach(() => mkdir(dirname(paths.failure), { recursive: true }));

  test.each(['short', '\u{1f600}'.repeat(600), ''])('is all that the text needs: %j', async (reason) => {
    reserveFailureFile(paths);
    const { ino, size } = await stat(paths.failureReserve);

    const result = await writeFailureFile(paths, reason);

    expect(result).toBe('written');
    // What is written over a file takes no more of the disk.
    expect((await stat(paths.failure)).ino).toBe(ino);
    const text = await readFile(paths.failure, 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(size);
    expect(reason.startsWith(text.replace(/\.\.\.$/, ''))).toBe(true);
    expect(await readdir(dirname(paths.failure))).toEqual(['failure']);
  });

  test('is taken by a file that the author has left empty', async () => {
    reserveFailureFile(paths);
    await writeFile(paths.failure, '');

    await writeFailureFile(paths, 'ours');

    expect(await readFile(paths.failure, 'utf8')).toBe('ours');
  });

  test('is given back, and nobody takes it for a failure', async () => {
    reserveFailureFile(paths);
    await expect(stat(paths.failure)).rejects.toThrow('ENOENT');
    releaseFailureFile(paths);

    expect(await readdir(dirname(paths.failure))).toEqual([]);
  });

  test('that somebody has removed is not needed', async () => {
    reserveFailureFile(paths);
    await rm(paths.failureReserve);

    await writeFailureFile(paths, 'ours');
    releaseFailureFile(paths);

    expect(await readFile(paths.failure, 'utf8')).toBe('ours');
  });
});

test('nothing is reserved where its folder is missing', async () => {
  reserveFailureFile(paths);

  expect(await readdir(paths.root)).toEqual([]);
});

test('any reason fits 1,024 characters, begins as it began and is never cut inside a character', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 900, maxLength: 1400 }), async (reason) => {
      await rm(paths.failure, { force: true });

      await writeFailureFile(paths, reason);

      const text = await readFile(paths.failure, 'utf8');
      expect(text.length).toBeLessThanOrEqual(1024);
      expect(reason.startsWith(text.replace(/\.\.\.$/, ''))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
