/** Copies packages into a bundle, without what other platforms, or only those who develop them, need. */

import { constants, copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createNativeFilter } from '@optml/image/native';
import type { CarriedPackage } from './collect-carried.ts';

/** A package in the bundle; sizes in bytes. */
export interface CopiedPackage {
  readonly package: CarriedPackage;
  readonly bytes: number;
  readonly leftOutBytes: number;
  /** Files and folders that were left out. */
  readonly leftOut: readonly string[];
}

/** What only compilers, editors and debuggers read. */
const development = /\.(?:d\.[mc]?ts|[mc]?js\.map|c|cc|cpp|cxx|h|hh|hpp|gypi?|o|obj|pdb)$/;

/** Copies `placed`, as `placePackages` gives it, into the folder `to`, for Linux on `architecture`. */
export async function copyPackages(
  placed: ReadonlyMap<string, CarriedPackage>,
  to: string,
  architecture: string,
): Promise<readonly CopiedPackage[]> {
  const isLeftOut = createNativeFilter({ os: 'linux', architecture });
  return Promise.all(
    [...placed].map(async ([folder, carried]) => {
      const leftOut: string[] = [];
      const copy = async (from: string, target: string): Promise<Sizes> => {
        const facts = await stat(from).catch(() => undefined);
        // A link that leads nowhere.
        if (facts === undefined) return { bytes: 0, leftOutBytes: 0 };
        const type = facts.isDirectory() ? 'directory' : 'file';
        if ((type === 'file' && development.test(from)) || (await isLeftOut(from, type))) {
          leftOut.push(from);
          return { bytes: 0, leftOutBytes: await measure(from) };
        }
        if (!facts.isDirectory()) {
          await copyFile(from, target, constants.COPYFILE_FICLONE);
          return { bytes: facts.size, leftOutBytes: 0 };
        }
        await mkdir(target, { recursive: true });
        const names = (await readdir(from)).filter((name) => name !== 'node_modules');
        return add(await Promise.all(names.map((name) => copy(join(from, name), join(target, name)))));
      };
      return { package: carried, leftOut, ...(await copy(carried.directory, join(to, folder))) };
    }),
  );
}

interface Sizes {
  readonly bytes: number;
  readonly leftOutBytes: number;
}

function add(sizes: readonly Sizes[]): Sizes {
  return {
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    leftOutBytes: sizes.reduce((sum, { leftOutBytes }) => sum + leftOutBytes, 0),
  };
}

async function measure(path: string): Promise<number> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory() !== true) return facts?.size ?? 0;
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => measure(join(path, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
