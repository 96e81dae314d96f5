/** Packages as they are installed, in npm's layout and in pnpm's: a real folder each, whatever links lead to it. */

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** A package, known by its real folder. */
export interface InstalledPackage {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
}

/** What is read of a package.json; a wrong one is an empty one. */
export interface Manifest {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly type?: unknown;
  readonly license?: unknown;
  readonly os?: unknown;
  readonly cpu?: unknown;
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
  readonly peerDependencies?: Readonly<Record<string, string>> | undefined;
  readonly peerDependenciesMeta?:
    | Readonly<Record<string, { readonly optional?: boolean | undefined }>>
    | undefined;
  readonly devDependencies?: Readonly<Record<string, string>> | undefined;
}

const marker = `node_modules${sep}`;

/** The package of an installed file; `undefined` for a file that is in no `node_modules`. */
export function packageOfFile(file: string): InstalledPackage | undefined {
  const at = file.lastIndexOf(`${sep}${marker}`);
  if (at < 0) return undefined;
  const start = at + 1 + marker.length;
  const [first = '', second = ''] = file.slice(start).split(sep);
  return readPackage(join(file.slice(0, start), first.startsWith('@') ? join(first, second) : first));
}

/** Reads the package in a folder. */
function readPackage(directory: string): InstalledPackage {
  const manifest = readManifest(join(directory, 'package.json'));
  const { name = directory.slice(directory.lastIndexOf(marker) + marker.length), version = '' } = manifest;
  return { directory, name: name.replaceAll(sep, '/'), version, manifest };
}

/** Reads a package.json, without complaint. */
export function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {};
  }
}

/** The `type` that the nearest package.json gives a file. */
export function packageTypeOf(file: string): unknown {
  for (let at = dirname(file); dirname(at) !== at; at = dirname(at)) {
    const manifest = join(at, 'package.json');
    if (existsSync(manifest)) return readManifest(manifest).type;
  }
  return undefined;
}

/** Finds a package as a module in `directory` would, in `node_modules` there and above. */
export function findPackage(name: string, directory: string): InstalledPackage | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const folder = at.endsWith(`${sep}node_modules`) ? join(at, name) : join(at, 'node_modules', name);
    const found = toRealPath(join(folder, 'package.json'));
    if (found !== undefined) return readPackage(dirname(found));
    if (dirname(at) === at) return undefined;
  }
}

function toRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The package that a specifier names: `@scope/name` of `@scope/name/file.js`. */
export function packageName(specifier: string): string | undefined {
  return /^(?:@[^/]+\/)?[^./@][^/]*/.exec(specifier)?.[0];
}

/** Lists the files of a package, without those of packages that are installed in it. */
export function listFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name === 'node_modules') return [];
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}
