/** Which files a pattern of `image.files` names. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listLayers, readIgnoreRules } from './list-layers.ts';

const names = ['chunk-A.js', 'chunk-b.js', 'CHUNK-c.js', '.hidden', 'a.b', 'axb', 'x+y', 'two words'];

async function find(pattern: string, ignore: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'optml-layers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of names) await writeFile(join(folder, name), '');
  const files = [{ from: pattern, to: '/app/', optional: true }];
  const declaration = { name: 'app', folder, files, ignore };
  const layers = await listLayers(declaration, await readIgnoreRules(declaration));
  return layers.flatMap((layer) => layer.files.map(({ from }) => basename(from))).sort();
}

test.each([
  ['*', [...names].sort()],
  ['chunk-*', ['chunk-A.js', 'chunk-b.js']],
  ['chunk-[a-z]*', ['chunk-b.js']],
  ['a.*', ['a.b']],
  ['x+*', ['x+y']],
  ['t*s', ['two words']],
  ['*.py', []],
  ['missing/*', []],
])('the pattern %s matches as in COPY of a Dockerfile', async (pattern, found) => {
  expect(await find(pattern)).toEqual(found);
});

test('what is ignored is not found by a pattern', async () => {
  expect(await find('chunk-*', ['*A.js'])).toEqual(['chunk-b.js']);
});

test('a wrong pattern is refused with the place where it stands', async () => {
  await expect(find('*[')).rejects.toThrow('image.files has an invalid pattern');
});
