import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mapFrame, nameSource } from './map-frame.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-map-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Says that line 2, column 1 of the built file is line 7, column 3 of the source. */
const map = { version: 3, sources: ['../src/train.ts'], names: [], mappings: ';AAME' };

test.each([
  ['beside the file', (json: string) => ({ link: 'train.js.map', json })],
  [
    'inside the file',
    (json: string) => ({ link: `data:application/json;base64,${btoa(json)}`, json: undefined }),
  ],
])('a place is taken back by a map %s', async (_where, place) => {
  const { link, json } = place(JSON.stringify(map));
  const file = join(folder, 'dist #1 é%20.js');
  await writeFile(file, `\nthrow 1;\n//# sourceMappingURL=${link}\n`);
  if (json !== undefined) await writeFile(join(folder, link), json);

  for (const frame of [file, pathToFileURL(file).href])
    expect(mapFrame(`${frame}:2:1`)).toBe(`${join(folder, '../src/train.ts')}:7:3`);
});

test('a module is named by the source that it was made of, among those that were bundled into it', async () => {
  const file = join(folder, 'train me.js');
  await writeFile(file, '\n//# sourceMappingURL=train.map');
  const sources = ['../node_modules/zod/index.js', '../src/train me.ts', '../src/data.ts'];
  await writeFile(join(folder, 'train.map'), JSON.stringify({ ...map, sources }));

  for (const module of [file, pathToFileURL(file).href])
    expect(nameSource(module)).toBe(join(folder, '../src/train me.ts'));
  expect(nameSource(pathToFileURL(join(folder, 'other.mjs')).href)).toBe(join(folder, 'other.mjs'));
  expect(nameSource('data:text/javascript,')).toBe('data:text/javascript,');
});

test.each([
  '',
  '\n//# sourceMappingURL=missing.map\n',
  '\n//# sourceMappingURL=data:application/json;base64,AAAA\n',
])('a place without a usable map stays as it is (%j)', async (text) => {
  const file = join(folder, 'train.js');
  await writeFile(file, text);

  expect(mapFrame(`${file}:2:1`)).toBe(`${file}:2:1`);
  expect(mapFrame(`${pathToFileURL(file).href}:2:1`)).toBe(`${file}:2:1`);
  expect(mapFrame('native')).toBe('native');
});
