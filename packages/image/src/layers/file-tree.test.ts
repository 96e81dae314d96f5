import { expect, test } from 'vitest';
import { createFileTree, type TreeEntry } from './file-tree.ts';

const file = (path: string): TreeEntry => ({ path, type: 'file', mode: 0o644, size: 1 });
const folder = (path: string): TreeEntry => ({ path, type: 'directory', mode: 0o700, size: 0 });
const link = (path: string, linkTarget: string): TreeEntry => ({
  path,
  type: 'symlink',
  mode: 0o777,
  size: 0,
  linkTarget,
});
const deletion = (path: string, deletes: 'path' | 'content' = 'path'): TreeEntry => ({
  ...file(path),
  deletes,
});

async function stack(...layers: readonly (readonly TreeEntry[])[]) {
  const tree = createFileTree();
  for (const layer of layers) await tree.addLayer(layer);
  return tree;
}

async function listPaths(...layers: readonly (readonly TreeEntry[])[]) {
  return [...(await stack(...layers)).entries()].map(({ path }) => path).sort();
}

test('a deletion takes what lower layers have, and nothing of its own layer, before or after it', async () => {
  const lower = [file('a/old'), file('b/old'), file('c')];

  expect(await listPaths(lower, [deletion('a'), file('a/new'), deletion('c')])).toEqual([
    'a',
    'a/new',
    'b',
    'b/old',
  ]);
  expect(await listPaths(lower, [file('a/new'), deletion('a')])).toEqual(['a', 'a/new', 'b', 'b/old', 'c']);
  expect(await listPaths(lower, [file('a/new'), deletion('a', 'content')])).toEqual([
    'a',
    'a/new',
    'b',
    'b/old',
    'c',
  ]);
  expect(await listPaths(lower, [deletion('a', 'content')])).toEqual(['a', 'b', 'b/old', 'c']);
  expect(await listPaths(lower, [deletion('a')], [file('a/x')])).toEqual(['a', 'a/x', 'b', 'b/old', 'c']);
});

test('a file takes the place of a folder with all that is in it, and a folder that of a file', async () => {
  expect(await listPaths([file('a/b/c')], [file('a')])).toEqual(['a']);
  expect(await listPaths([file('a')], [file('a/b')])).toEqual(['a', 'a/b']);
  expect((await stack([link('a', 'b')], [file('a/c')])).get('a')?.type).toBe('directory');
});

test('a folder that stands in two layers keeps the files of both, and the newer mode', async () => {
  const tree = await stack([folder('a'), file('a/b')], [{ ...folder('a'), mode: 0o755 }]);

  expect(tree.get('a')?.mode).toBe(0o755);
  expect(tree.get('a/b')).toBeDefined();
});

test('links are followed as the kernel does: relative, absolute, chained, above the root', async () => {
  const tree = await stack([
    link('bin', 'usr/bin'),
    file('usr/bin/sh'),
    link('opt/current', '/opt/v1'),
    link('opt/v1', '../opt/v2/'),
    file('opt/v2/app'),
    link('up', '../../../usr'),
    link('dangling', 'nowhere/x'),
  ]);

  expect(tree.resolve('/bin/sh')).toBe('usr/bin/sh');
  expect(tree.resolve('bin')).toBe('bin');
  expect(tree.resolve('bin', { follow: true })).toBe('usr/bin');
  expect(tree.resolve('opt/current/app')).toBe('opt/v2/app');
  expect(tree.resolve('up/bin/sh')).toBe('usr/bin/sh');
  expect(tree.resolve('dangling/y')).toBe('nowhere/x/y');
  expect(tree.get('up/bin/sh')?.type).toBe('file');
  expect(tree.get('bin')?.type).toBe('symlink');
});

test('a circle of links is named', async () => {
  const tree = await stack([link('a', 'b'), link('b', 'a')]);

  expect(() => tree.resolve('a/x')).toThrow('the link /a of the image leads back to itself');
});
