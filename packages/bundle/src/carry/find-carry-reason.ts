/**
 * Finds why a package cannot become part of a bundle: it loads files that lie beside its code, or modules whose names
 * are known only when it runs. Found in the package itself, never by its name.
 */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { namesOtherPlatform, readNamedPlatform } from '@optml/image/native';
import { findPackage, type InstalledPackage, listFiles } from './installed-package.ts';
import { blankComments, lineAt } from './source-text.ts';

/** What a package is looked at for. */
export interface CarryOptions {
  /** Of its modules, those that a bundle would take in. */
  readonly files: readonly string[];
  /** The container's, on Linux. */
  readonly architecture: string;
}

/** Gives the reason in a few words, or `undefined`. */
export function findCarryReason(
  installed: InstalledPackage,
  { files, architecture }: CarryOptions,
): string | undefined {
  return (
    findPlatformPackage(installed, architecture) ??
    findFile(installed, architecture) ??
    findCode(installed, files)
  );
}

/** Of names for one platform each, the one that an image will load, or else the first. */
function choose(names: readonly string[], architecture: string): string | undefined {
  const choices = names.filter((name) => !namesOtherPlatform(name, { os: 'linux', architecture }));
  return choices[0] ?? names[0];
}

/** Packages with native code for one platform each come as optional dependencies. */
function findPlatformPackage(installed: InstalledPackage, architecture: string): string | undefined {
  const names = Object.keys(installed.manifest.optionalDependencies ?? {});
  const ofPlatforms = names.filter((one) => isPlatformPackage(one, installed));
  const name = choose(ofPlatforms, architecture);
  return name && `has native code in packages such as ${name}`;
}

/** Whether an optional dependency is for some platforms only, by what it says itself or else by its name. */
export function isPlatformPackage(name: string, { directory }: InstalledPackage): boolean {
  const { os, cpu } = findPackage(name, directory)?.manifest ?? {};
  return os !== undefined || cpu !== undefined || readNamedPlatform(name).systems.size > 0;
}

const kinds: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\.node$/, 'has the native module'],
  [/(?:^|\/)binding\.gyp$/, 'builds a native module, see'],
  [/\.wasm$/, 'has the WebAssembly file'],
  [/\.(?:so(?:\.\d+)*|dylib|dll)$/, 'has the native library'],
];

function findFile({ directory }: InstalledPackage, architecture: string): string | undefined {
  const names = listFiles(directory).map((file) => relative(directory, file));
  for (const [pattern, reason] of kinds) {
    const found = names.filter((one) => pattern.test(one)).sort();
    const name = choose(found, architecture);
    if (name !== undefined) return `${reason} ${name}`;
  }
  return undefined;
}

const patterns: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\b__(?:dirname|filename)\b/, 'looks for files beside its code'],
  [/\bimport\.meta\.(?:url|dirname|filename|resolve)\b/, 'looks for files beside its code'],
  [/\brequire\.resolve\s*\(|\bprocess\.dlopen\b/, 'looks for files beside its code'],
  [/\b(?:require|import)\s*\(\s*(?!["'`)\s])/, 'loads modules by a name that is not written out'],
  [
    /\b(?:require|import)\s*\(\s*(?:`[^`]*\$\{|["'][^"']*["']\s*\+)/,
    'loads modules by a name that is not written out',
  ],
];

function findCode({ directory }: InstalledPackage, files: readonly string[]): string | undefined {
  for (const file of files) {
    if (!/\.[mc]?[jt]sx?$/.test(file)) continue;
    const text = blankComments(readFileSync(file, 'utf8'));
    for (const [pattern, reason] of patterns) {
      const { index } = pattern.exec(text) ?? {};
      if (index !== undefined) return `${reason} (${relative(directory, file)}:${lineAt(text, index)})`;
    }
  }
  return undefined;
}
