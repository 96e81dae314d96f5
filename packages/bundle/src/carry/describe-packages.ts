/** Says what of which package is in a bundle. */

import { resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import type { CopiedPackage } from './copy-packages.ts';
import { packageOfFile } from './installed-package.ts';

/** A package that became part of the bundle's modules. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
}

/** A package that stayed whole. */
export interface CarriedReport extends BundledPackage {
  /** Why, in a few words. */
  readonly reason: string;
  /** Of what other platforms need, and of declarations, sources of native code and source maps. */
  readonly leftOutBytes: number;
}

/** Lists the packages in `node_modules` that modules of the bundle come from, by name. */
export function describeBundled({ outputs }: Metafile, directory: string): readonly BundledPackage[] {
  const found = new Map<string, { name: string; version: string; bytes: number }>();
  for (const output of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const installed = bytesInOutput === 0 ? undefined : packageOfFile(resolve(directory, path));
      if (installed === undefined) continue;
      const { name, version } = installed;
      const known = found.get(installed.directory) ?? { name, version, bytes: 0 };
      found.set(installed.directory, { ...known, bytes: known.bytes + bytesInOutput });
    }
  }
  return sort([...found.values()]);
}

/** Lists the packages that were copied, by name; one that lies in several places once. */
export function describeCarried(copied: readonly CopiedPackage[]): readonly CarriedReport[] {
  const found = new Map<string, CarriedReport>();
  for (const { package: carried, bytes, leftOutBytes } of copied) {
    if (bytes === 0) continue;
    const { name, version, reason, directory } = carried;
    const known = found.get(directory) ?? { bytes: 0, leftOutBytes: 0 };
    const sizes = { bytes: known.bytes + bytes, leftOutBytes: known.leftOutBytes + leftOutBytes };
    found.set(directory, { name, version, reason, ...sizes });
  }
  return sort([...found.values()]);
}

function sort<Item extends { readonly name: string; readonly version: string }>(items: Item[]): Item[] {
  const key = ({ name, version }: Item) => `${name} ${version}`;
  return items.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
