import { expect, test } from 'vitest';
import type { CarriedPackage } from './collect-carried.ts';
import { placePackages } from './place-packages.ts';

/** Packages by folder; a folder is `name` or `name@version`. */
function makePackages(graph: Readonly<Record<string, readonly string[]>>): Map<string, CarriedPackage> {
  const nameOf = (directory: string) => directory.split('@')[0] as string;
  const make = (directory: string): CarriedPackage => ({
    directory,
    name: nameOf(directory),
    version: '',
    manifest: {},
    reason: '',
    isOptional: false,
    dependencies: new Map((graph[directory] ?? []).map((one) => [nameOf(one), { ...make0, directory: one }])),
  });
  const make0 = { name: '', version: '', manifest: {} };
  return new Map(Object.keys(graph).map((directory) => [directory, make(directory)]));
}

function place(graph: Readonly<Record<string, readonly string[]>>, roots: Readonly<Record<string, string>>) {
  const placed = placePackages(makePackages(graph), new Map(Object.entries(roots)));
  return Object.fromEntries([...placed].map(([folder, { directory }]) => [folder, directory]));
}

test('a package lies at the top, and once, where one version is enough', () => {
  const graph = { a: ['b', 'c'], b: ['c'], c: ['a'] };

  expect(place(graph, { a: 'a' })).toEqual({ a: 'a', b: 'b', c: 'c' });
});

test('another version lies in the package that needs it', () => {
  const graph = { a: ['c@1', 'b'], b: ['c@2'], 'c@1': [], 'c@2': ['d'], d: ['c@1'] };

  expect(place(graph, { a: 'a' })).toEqual({ a: 'a', c: 'c@1', b: 'b', 'b/node_modules/c': 'c@2', d: 'd' });
});

test('each package finds its own version, however deep', () => {
  const graph = {
    a: ['b@1', 'c@1'],
    x: ['b@2'],
    'b@1': ['c@2'],
    'b@2': ['c@1', 'd'],
    'c@1': [],
    'c@2': ['d'],
    d: ['c@2'],
  };
  const placed = place(graph, { a: 'a', x: 'x', 'c--2': 'c@2' });

  const findFrom = (folder: string, name: string) => {
    for (let at = folder; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      const found = placed[`${at}/node_modules/${name}`];
      if (found !== undefined) return found;
    }
    return placed[name];
  };
  for (const [folder, directory] of Object.entries(placed)) {
    for (const needed of graph[directory as keyof typeof graph]) {
      expect(findFrom(folder, needed.split('@')[0] as string), `${needed} from ${folder}`).toBe(needed);
    }
  }
});
