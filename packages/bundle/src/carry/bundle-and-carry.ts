/** Bundles a project, and finds the packages that must stay outside the bundle. */

import { resolve } from 'node:path';
import type { Message } from 'esbuild';
import type { BundleError } from '../errors.ts';
import { type Bundle, type BundleOptions, bundleModules, type Entry } from '../esbuild/bundle-modules.ts';
import { mergeChunks } from '../esbuild/merge-chunks.ts';
import { type CarriedPackage, collectCarried } from './collect-carried.ts';
import { findCarryReason } from './find-carry-reason.ts';
import { findResolved } from './find-resolved.ts';
import { findPackage, type InstalledPackage, packageOfFile } from './installed-package.ts';
import { keepOutside, readNoBinaries } from './keep-outside.ts';
import { type Inputs, readInputs } from './read-inputs.ts';

export interface BundleAndCarryOptions extends BundleOptions {
  /** The folder of `@optml/entrypoint`. */
  readonly entrypoint: string;
  /** The container's, on Linux. */
  readonly architecture: string;
}

/** A bundle, and what it needs beside it. */
export interface BundleWithPackages {
  readonly bundle: Bundle;
  readonly inputs: Inputs;
  /** By folder. */
  readonly carried: ReadonlyMap<string, CarriedPackage>;
  /** Folders of packages by the name that the bundle imports them by. */
  readonly roots: ReadonlyMap<string, string>;
}

/**
 * Bundles, looks at each package that came in, and bundles again without those that must stay whole and what these
 * depend on, so that a package is there once. What optml's own packages import is known to be fit for a bundle.
 *
 * @throws BundleError of `bundleModules`, for modules that are in no package
 */
export async function bundleAndCarry(
  entries: Readonly<Record<string, Entry>>,
  { entrypoint, architecture, plugins = [], ...options }: BundleAndCarryOptions,
): Promise<BundleWithPackages> {
  const whole = new Map<string, { installed: InstalledPackage; reason: string }>();
  const keep = (installed: InstalledPackage, reason: string) => {
    if (whole.has(installed.directory)) return false;
    whole.set(installed.directory, { installed, reason });
    return true;
  };
  let isOurs = (_file: string) => false;
  for (;;) {
    const carried = collectCarried(new Map([...whole.values()].map((one) => [one.installed, one.reason])));
    const names = nameFromOutside(carried, options.directory);
    const roots = new Map<string, string>();
    const outside = keepOutside({ names, isOurs, onImport: (name, directory) => roots.set(name, directory) });
    const made = await bundleModules(entries, {
      ...options,
      plugins: [...plugins, outside, readNoBinaries],
    }).catch((error: BundleError) => error);
    if (made instanceof Error) {
      const broken = readBroken(made, options.directory);
      if (broken.filter(({ installed, reason }) => keep(installed, reason)).length > 0) continue;
      throw made;
    }
    const inputs = readInputs(made.metafile, { directory: options.directory, entrypoint });
    isOurs = (file) => inputs.ours.has(file);
    const found = [...findWhole(inputs, architecture), ...findResolved(inputs)];
    if (found.filter(({ installed, reason }) => keep(installed, reason)).length > 0) continue;
    for (const { installed } of findResolved(inputs)) {
      roots.set(names.get(installed.directory) as string, installed.directory);
    }
    const merging = { ...options, entries: Object.keys(entries), apart: new Set(inputs.own) };
    return { bundle: { ...made, outputFiles: await mergeChunks(made, merging) }, inputs, carried, roots };
  }
}

interface Found {
  readonly installed: InstalledPackage;
  readonly reason: string;
}

function findWhole({ packages }: Inputs, architecture: string): readonly Found[] {
  return [...packages.values()].flatMap(({ installed, files }) => {
    const reason = findCarryReason(installed, { files, architecture });
    return reason === undefined ? [] : [{ installed, reason }];
  });
}

/** Packages whose modules esbuild cannot take in: what they miss, they may be able to do without when they run. */
function readBroken(error: BundleError, directory: string): readonly Found[] {
  const { errors = [] } = (error.cause ?? {}) as { readonly errors?: readonly Message[] | undefined };
  return errors.flatMap(({ location, text }) => {
    const installed = location === null ? undefined : packageOfFile(resolve(directory, location.file));
    return installed === undefined ? [] : [{ installed, reason: `cannot be bundled: ${text}` }];
  });
}

/** The names by which a bundle imports packages; the version that the project itself has goes by its own. */
function nameFromOutside(
  carried: ReadonlyMap<string, CarriedPackage>,
  directory: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, version, directory: folder } of carried.values()) {
    const own = findPackage(name, directory)?.directory ?? folder;
    names.set(folder, own === folder ? name : `${name}--${version}`);
  }
  return names;
}
