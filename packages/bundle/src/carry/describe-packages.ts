/** Says which packages are in a bundle, and which of their files. */

import { resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import type { CopiedPackage } from './copy-packages.ts';
import { type InstalledPackage, packageOfFile } from './installed-package.ts';

/** A package that became part of the bundle's modules. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json has it, an SPDX expression as a rule. */
  readonly license?: string | undefined;
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
  const found = new Map<string, BundledPackage>();
  for (const output of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const installed = bytesInOutput === 0 ? undefined : packageOfFile(resolve(directory, path));
      if (installed === undefined) continue;
      const { bytes } = found.get(installed.directory) ?? { bytes: 0 };
      found.set(installed.directory, { ...describePackage(installed), bytes: bytes + bytesInOutput });
    }
  }
  return sort([...found.values()]);
}

/** Lists the packages that were copied, by name; one that lies in several places once. */
export function describeCarried(copied: readonly CopiedPackage[]): readonly CarriedReport[] {
  const found = new Map<string, CarriedReport>();
  for (const { package: carried, bytes, leftOutBytes } of copied) {
    if (bytes === 0) continue;
    const { reason, directory } = carried;
    const known = found.get(directory) ?? { bytes: 0, leftOutBytes: 0 };
    const sizes = { bytes: known.bytes + bytes, leftOutBytes: known.leftOutBytes + leftOutBytes };
    found.set(directory, { ...describePackage(carried), reason, ...sizes });
  }
  return sort([...found.values()]);
}

function describePackage({ name, version, manifest: { license } }: InstalledPackage) {
  return { name, version, license: typeof license === 'string' ? license : undefined };
}

function sort<Item extends { readonly name: string; readonly version: string }>(items: Item[]): Item[] {
  const key = ({ name, version }: Item) => `${name} ${version}`;
  return items.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
