import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCheckpoints } from './checkpoints.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-checkpoints-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('there is none at first, also when the folder does not exist', async () => {
  const checkpoints = createCheckpoints(join(directory, 'later'), true);

  expect(await checkpoints.latest()).toBeUndefined();
});

test('the latest is that of the highest step, however the steps were saved', async () => {
  const checkpoints = createCheckpoints(directory, true);
  await checkpoints.save(10, 'ten');
  await checkpoints.save(9, 'nine');

  const latest = await checkpoints.latest();

  expect(latest?.step).toBe(10);
  expect(String(await latest?.read())).toBe('ten');
});

test("the uploader's markers and half-written files are no checkpoints", async () => {
  const checkpoints = createCheckpoints(directory, true);
  const { path } = await checkpoints.save(1, 'one');
  await writeFile(`${path}.sagemaker-uploaded`, '');
  await writeFile(path.replace('1.', '2.').concat('.sagemaker-ignore'), 'half');

  const latest = await checkpoints.latest();

  expect(latest?.step).toBe(1);
});

test('nothing temporary is left behind', async () => {
  await createCheckpoints(directory, true).save(3, new Uint8Array([1, 2, 3]));

  expect(await readdir(directory)).toEqual(['step-0000000003.checkpoint']);
});

test.each([-1, 1.5, Number.NaN])('a step of %d is refused', async (step) => {
  await expect(createCheckpoints(directory, true).save(step, '')).rejects.toThrow(
    `checkpoint step is ${step}`,
  );
});
