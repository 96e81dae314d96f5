/** Leaves out of an image what only runs on other platforms: native modules, and the packages that carry them. */

import { open, readFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { CollectOptions } from '../build/collect-files.ts';
import type { Platform } from '../platform.ts';
import { readElfArchitecture } from './read-elf.ts';

const processors: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32', ppc64le: 'ppc64' };

/** As node-gyp-build names folders of prebuilt modules: `linux-x64`, `darwin-x64+arm64`. */
const prebuilt = /^(aix|android|darwin|freebsd|linux|openbsd|sunos|win32)-([a-z0-9_+]+)$/;

/**
 * Makes the `isLeftOut` of a build for `platform`. Left out are packages whose `os` or `cpu` excludes it, folders of
 * `prebuilds` for another, and `.node` files that are no ELF files for its processor. `onLeftOut` hears of each.
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
        : type === 'file' && path.endsWith('.node') && (await isOtherModule(path, platform.architecture));
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

async function isOtherModule(file: string, architecture: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  // What cannot be read is reported by whoever reads all of it.
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
    return readElfArchitecture(buffer.subarray(0, bytesRead)) !== architecture;
  } finally {
    await handle.close();
  }
}
