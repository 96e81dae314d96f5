/** Leaves out of an image what only runs on other platforms: native modules, and the packages that carry them. */

import { readFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { CollectOptions } from '../build/collect-files.ts';
import { readElfArchitecture, readForeignFormat, readStart } from '../files/read-elf.ts';
import type { Platform } from '../image/platform.ts';
import { namesOtherPlatform } from './named-platform.ts';

const processors: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32', ppc64le: 'ppc64' };

/** As node-gyp-build names folders of prebuilt modules: `linux-x64`, `darwin-x64+arm64`. */
const prebuilt = /^(aix|android|darwin|freebsd|linux|openbsd|sunos|win32)-([a-z0-9_+]+)$/;

/**
 * Makes the `isLeftOut` of a build for `platform`. Left out are packages whose `os` or `cpu` excludes it, folders of
 * `prebuilds` for another, `.node` files that are not ELF files for its processor, and of packages the libraries and
 * programs that it cannot load. `onLeftOut` is called with each.
 */
export function createNativeFilter(
  platform: Platform,
  onLeftOut: (path: string) => void = () => {},
): NonNullable<CollectOptions['isLeftOut']> {
  const cpu = processors[platform.architecture] ?? platform.architecture;
  return async (path, type) => {
    const isOut =
      type === 'directory'
        ? isOtherPrebuild(path, cpu) || (isPackage(path) && (await isOtherPackage(path, cpu)))
        : type === 'file' && (await isOtherNative(path, platform));
    if (isOut) onLeftOut(path);
    return isOut;
  };
}

function isOtherPrebuild(folder: string, cpu: string): boolean {
  if (basename(dirname(folder)) !== 'prebuilds') return false;
  const match = prebuilt.exec(basename(folder));
  return match !== null && !(match[1] === 'linux' && (match[2] ?? '').split('+').includes(cpu));
}

/** `node_modules/name` or `node_modules/@scope/name`. */
function isPackage(folder: string): boolean {
  const [third, second] = folder.split(sep).slice(-3, -1);
  return second === 'node_modules' || (third === 'node_modules' && second?.startsWith('@') === true);
}

async function isOtherPackage(folder: string, cpu: string): Promise<boolean> {
  // A folder without a package.json that can be read says nothing against itself.
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  try {
    const manifest = JSON.parse(text) ?? {};
    return excludes(manifest.os, 'linux') || excludes(manifest.cpu, cpu);
  } catch {
    return false;
  }
}

/** npm's rule: a list of names, or of names that are excluded with `!`. */
function excludes(list: unknown, name: string): boolean {
  if (!Array.isArray(list) || list.length === 0) return false;
  if (list.includes(`!${name}`)) return true;
  const wanted = list.filter((item) => typeof item === 'string' && !item.startsWith('!'));
  return wanted.length > 0 && !wanted.includes(name) && !wanted.includes('any');
}

/** `.so` with a version or without, and the like of other systems. */
const libraryName = /\.(?:so(?:\.\d+)*|dylib|dll)$/;

async function isOtherNative(file: string, platform: Platform): Promise<boolean> {
  const isModule = file.endsWith('.node');
  const isInPackage = file.split(sep).includes('node_modules');
  // Elsewhere such files may be data.
  if (!isModule && !(isInPackage && (libraryName.test(file) || namesOtherPlatform(file, platform))))
    return false;
  const head = await readStart(file, 20);
  if (head === undefined) return false;
  const architecture = readElfArchitecture(head);
  if (isModule) return architecture !== platform.architecture;
  // The machine of a GPU is not a platform.
  if (architecture === undefined) return readForeignFormat(head) !== undefined;
  return architecture !== platform.architecture && architecture !== 'unknown';
}
