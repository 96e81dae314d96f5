/** Sorts the modules of a bundle by whose they are. */

import { dirname, resolve, sep } from 'node:path';
import type { Metafile } from 'esbuild';
import { type InstalledPackage, packageOfFile } from './installed-package.ts';

/** Modules by their paths. */
export interface Inputs {
  /** The author's. */
  readonly own: readonly string[];
  /** Those of optml, and of packages that optml's modules import. */
  readonly ours: ReadonlySet<string>;
  /** Those of other packages, by the folder of the package. */
  readonly packages: ReadonlyMap<
    string,
    { readonly installed: InstalledPackage; readonly files: readonly string[] }
  >;
}

/** `directory` is what the paths of `metafile` are relative to, `entrypoint` the folder of `@optml/entrypoint`. */
export function readInputs(
  { inputs }: Metafile,
  { directory, entrypoint }: { readonly directory: string; readonly entrypoint: string },
): Inputs {
  const isOptml = (path: string) =>
    isGenerated(path) ||
    /[\\/]@optml[\\/]/.test(path) ||
    resolve(directory, path).startsWith(`${dirname(entrypoint)}${sep}`);
  const reached = new Set(Object.keys(inputs).filter(isOptml));
  for (const path of reached) {
    for (const { path: imported, external } of inputs[path]?.imports ?? []) {
      if (external !== true) reached.add(imported);
    }
  }
  const own: string[] = [];
  const packages = new Map<string, { installed: InstalledPackage; files: string[] }>();
  for (const path of Object.keys(inputs)) {
    if (reached.has(path)) continue;
    const file = resolve(directory, path);
    const installed = packageOfFile(file);
    if (installed === undefined) own.push(file);
    else if (packages.get(installed.directory)?.files.push(file) === undefined) {
      packages.set(installed.directory, { installed, files: [file] });
    }
  }
  return { own, packages, ours: new Set([...reached].map((path) => resolve(directory, path))) };
}

/** A module that is a text, not a file. */
function isGenerated(path: string): boolean {
  return /^(?:entry|outside):/.test(path);
}
