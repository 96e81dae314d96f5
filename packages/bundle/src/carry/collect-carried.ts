/** Collects what a package needs to run whole: the packages that it depends on in production, and theirs. */

import { findPackage, type InstalledPackage } from './installed-package.ts';

/** A package that stays whole. */
export interface CarriedPackage extends InstalledPackage {
  readonly reason: string;
  /** What it finds by which name. */
  readonly dependencies: ReadonlyMap<string, InstalledPackage>;
  /** Whether every package that needs it can do without. */
  readonly isOptional: boolean;
}

/** Gives `roots` (the reason by the package) and all that they depend on, by folder. */
export function collectCarried(
  roots: ReadonlyMap<InstalledPackage, string>,
): ReadonlyMap<string, CarriedPackage> {
  const carried = new Map<string, CarriedPackage>();
  const add = (installed: InstalledPackage, reason: string, isOptional: boolean) => {
    const known = carried.get(installed.directory);
    if (known !== undefined && (isOptional || !known.isOptional)) return;
    const dependencies = findDependencies(installed);
    carried.set(installed.directory, {
      ...installed,
      reason: known?.reason ?? reason,
      dependencies,
      isOptional,
    });
    const { optionalDependencies = {} } = installed.manifest;
    for (const [name, dependency] of dependencies) {
      const isOptionalHere = isOptional || Object.hasOwn(optionalDependencies, name);
      add(dependency, `${installed.name} depends on it`, isOptionalHere);
    }
  };
  for (const [installed, reason] of roots) add(installed, reason, false);
  return carried;
}

/** What is not installed, an optional dependency or a peer that nobody needs, is left out here as it is there. */
function findDependencies({ directory, manifest }: InstalledPackage): ReadonlyMap<string, InstalledPackage> {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  const names = new Set([
    ...Object.keys(dependencies ?? {}),
    ...Object.keys(optionalDependencies ?? {}),
    ...peers,
  ]);
  const found = [...names].map((name) => [name, findPackage(name, directory)] as const);
  return new Map(found.filter((entry): entry is [string, InstalledPackage] => entry[1] !== undefined));
}
