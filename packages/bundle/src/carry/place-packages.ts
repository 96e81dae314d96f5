/** Lays out `node_modules` so that each package finds its own version of what it depends on. */

import type { CarriedPackage } from './collect-carried.ts';

/**
 * Gives the folders of `node_modules` (`sharp`, `sharp/node_modules/semver`) with the package in each. `roots` are what
 * the bundle itself imports, by the name that it imports it by. A package whose name is taken by another version lies
 * in the one that needs it, as with npm.
 */
export function placePackages(
  carried: ReadonlyMap<string, CarriedPackage>,
  roots: ReadonlyMap<string, string>,
): ReadonlyMap<string, CarriedPackage> {
  const placed = new Map<string, CarriedPackage>();
  const waiting: string[] = [];
  const place = (folder: string, directory: string) => {
    const installed = carried.get(directory);
    if (installed === undefined) return;
    placed.set(folder, installed);
    waiting.push(folder);
  };
  for (const [name, directory] of roots) place(name, directory);
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    // All that it depends on is placed before any of theirs, so that nothing is put in between later.
    for (const [name, { directory }] of (placed.get(folder) as CarriedPackage).dependencies) {
      const found = seenFrom(folder, name, placed);
      if (found?.directory === directory) continue;
      place(found === undefined ? name : `${folder}/node_modules/${name}`, directory);
    }
  }
  return placed;
}

/** What a module in the package at `folder` finds by `name`. */
function seenFrom(
  folder: string,
  name: string,
  placed: ReadonlyMap<string, CarriedPackage>,
): CarriedPackage | undefined {
  for (let at = folder; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const found = placed.get(`${at}/node_modules/${name}`);
    if (found !== undefined) return found;
  }
  return placed.get(name);
}
