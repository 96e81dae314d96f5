import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createModel, modelFileName, readModel } from './model-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-model-'));
});

afterEach(() => rm(directory, { recursive: true }));

const tree = { feature: 0, threshold: 1.5, left: { label: 'a' }, right: { label: 'b' } };

test('a model that was written is read back', async () => {
  const model = createModel(tree, 4);
  await writeFile(join(directory, modelFileName), JSON.stringify(model));

  expect(readModel(directory)).toEqual(model);
});

test.each([
  ['is not JSON', '{', 'is not JSON'],
  [
    'has another version',
    JSON.stringify({ ...createModel(tree, 4), version: 2 }),
    'not a decision tree of version 1',
  ],
  ['has a broken node', JSON.stringify(createModel({ ...tree, left: {} } as never, 4)), 'tree'],
])('a model file that %s is refused with its name', async (_how, content, message) => {
  await writeFile(join(directory, modelFileName), content);

  expect(() => readModel(directory)).toThrow(message);
  expect(() => readModel(directory)).toThrow(join(directory, modelFileName));
});

test('a missing model file is explained', async () => {
  expect(() => readModel(directory)).toThrow('was a model trained into this folder?');
});
