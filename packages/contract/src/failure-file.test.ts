import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFailureFile } from './failure-file.ts';
import { type Paths, resolvePaths } from './paths.ts';

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
