/** Says what a bundle is made of. */

import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import type { CopiedPackage } from '../carry/copy-packages.ts';
import {
  type BundledPackage,
  type CarriedReport,
  describeBundled,
  describeCarried,
} from '../carry/describe-packages.ts';
import type { Bundle } from '../esbuild/bundle-modules.ts';

/** What went where; sizes in bytes. */
export interface BundleReport {
  readonly entries: readonly { readonly name: string; readonly file: string; readonly bytes: number }[];
  /** Packages that became part of the modules in `dist`. */
  readonly bundled: readonly BundledPackage[];
  /** Packages that stayed whole, in `node_modules`. */
  readonly carried: readonly CarriedReport[];
  /** Folders of modules that lie outside of the project, such as those of its workspace; absolute. */
  readonly outside: readonly string[];
  /** All files together. */
  readonly bytes: number;
}

interface ReportFacts {
  readonly names: readonly string[];
  readonly directory: string;
  /** The author's modules; absolute. */
  readonly own: readonly string[];
  readonly copied: readonly CopiedPackage[];
}

export function describeBundle(
  { outputFiles, metafile }: Bundle,
  { names, directory, own, copied }: ReportFacts,
): BundleReport {
  const sizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents.byteLength]));
  const carried = describeCarried(copied);
  return {
    entries: names.map((name) => ({
      name,
      file: `dist/${name}.js`,
      bytes: sizes.get(`${name}.js`) as number,
    })),
    bundled: describeBundled(metafile, directory),
    carried,
    outside: listOutside(own, realpathSync(directory)),
    bytes: [...sizes.values(), ...carried.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0),
  };
}

function listOutside(files: readonly string[], directory: string): readonly string[] {
  // A module that is not a file has a path, too.
  const folders = files.filter((file) => existsSync(file)).map((file) => dirname(realpathSync(file)));
  return [...new Set(folders.filter((folder) => /^\.\.(?:[\\/]|$)/.test(relative(directory, folder))))];
}
