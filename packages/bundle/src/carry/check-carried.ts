/** Refuses packages that would be in a container and not run in it. */

import { basename, sep } from 'node:path';
import { readNamedPlatform } from '@optml/image/native';
import { BundleError } from '../errors.ts';
import type { CopiedPackage } from './copy-packages.ts';
import { isPlatformPackage } from './find-carry-reason.ts';
import { listFiles } from './installed-package.ts';

/**
 * @throws BundleError `NATIVE_PLATFORM` for a package that is installed for other platforms only, `NATIVE_NOT_BUILT` for
 *   one whose native module was never made
 */
export function assertRunnable(copied: readonly CopiedPackage[], architecture: string): void {
  const kept = new Set(copied.flatMap((one) => (one.bytes > 0 ? [one.package.directory] : [])));
  for (const one of copied) {
    if (one.package.isOptional) continue;
    if (one.bytes === 0) throw createPlatformError(one, architecture, readPlatforms(one));
    assertPlatformPackage(one, architecture, kept);
    assertNativeModule(one, architecture);
  }
}

/** Of packages for one platform each, one for the container must be there, if there is one. */
function assertPlatformPackage(one: CopiedPackage, architecture: string, kept: ReadonlySet<string>): void {
  const { manifest, dependencies } = one.package;
  const names = Object.keys(manifest.optionalDependencies ?? {}).filter((name) =>
    isPlatformPackage(name, one.package),
  );
  const wanted = names.filter((name) => isNamedFor(name, architecture));
  const isThere = wanted.some((name) => kept.has(dependencies.get(name)?.directory ?? ''));
  if (wanted.length === 0 || isThere) return;
  throw createPlatformError(
    one,
    architecture,
    names.filter((name) => dependencies.has(name)),
  );
}

function isNamedFor(name: string, architecture: string): boolean {
  const { systems, architectures } = readNamedPlatform(name);
  return systems.has('linux') && (architectures.size === 0 || architectures.has(architecture));
}

function assertNativeModule(one: CopiedPackage, architecture: string): void {
  const files = listFiles(one.package.directory);
  const modules = files.filter((file) => file.endsWith('.node'));
  const isLeftOut = (file: string) => one.leftOut.some((out) => file === out || file.startsWith(out + sep));
  if (modules.length > 0 && modules.every(isLeftOut)) {
    const names = modules.map((file) => file.slice(one.package.directory.length + 1));
    throw createPlatformError(one, architecture, names);
  }
  const isSource = files.some((file) => basename(file) === 'binding.gyp');
  const hasPackages = Object.keys(one.package.manifest.optionalDependencies ?? {}).length > 0;
  if (modules.length > 0 || !isSource || hasPackages) return;
  const { name, directory } = one.package;
  const message = `${name} has a native module that was not built: its install script did not run; run "npm rebuild ${name}", or with pnpm allow it in allowBuilds of pnpm-workspace.yaml and run "pnpm rebuild ${name}"`;
  throw new BundleError('NATIVE_NOT_BUILT', message, { path: directory });
}

function readPlatforms({ package: { manifest } }: CopiedPackage): readonly string[] {
  return [manifest.os, manifest.cpu].flat().filter((word) => typeof word === 'string');
}

function createPlatformError(
  { package: { name, version, directory } }: CopiedPackage,
  architecture: string,
  found: readonly string[],
): BundleError {
  const cpu = architecture === 'amd64' ? 'x64' : architecture;
  const has =
    found.length === 0 ? 'without its native code' : `for other platforms only (${found.join(', ')})`;
  const message = `${name} ${version} is installed ${has}, and the container runs on linux/${architecture}: install it for both, with npm by "npm install --os=linux --cpu=${cpu} --libc=glibc", with pnpm or yarn by "supportedArchitectures" (os: [current, linux], cpu: [current, ${cpu}])`;
  return new BundleError('NATIVE_PLATFORM', message, { path: directory });
}
