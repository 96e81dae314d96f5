/** Tells by the path of a native file which platform it is for, as packages that bring several name their folders. */

import type { Platform } from '../image/platform.ts';

const systems: Readonly<Record<string, string>> = {
  linux: 'linux',
  linuxmusl: 'linux',
  manylinux: 'linux',
  musllinux: 'linux',
  darwin: 'darwin',
  macos: 'darwin',
  mac: 'darwin',
  osx: 'darwin',
  universal: 'darwin',
  universal2: 'darwin',
  win32: 'windows',
  win64: 'windows',
  windows: 'windows',
  msvc: 'windows',
  android: 'android',
  ios: 'ios',
  freebsd: 'freebsd',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  sunos: 'sunos',
  aix: 'aix',
};

const processors: Readonly<Record<string, string>> = {
  x64: 'amd64',
  amd64: 'amd64',
  x86_64: 'amd64',
  arm64: 'arm64',
  aarch64: 'arm64',
  arm64v8: 'arm64',
  arm: 'arm',
  armv6: 'arm',
  armv6l: 'arm',
  armv7: 'arm',
  armv7l: 'arm',
  armhf: 'arm',
  ia32: '386',
  x86: '386',
  i386: '386',
  i686: '386',
  ppc64: 'ppc64le',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  mips64el: 'mips64el',
};

const libraries: Readonly<Record<string, 'glibc' | 'musl'>> = {
  musl: 'musl',
  linuxmusl: 'musl',
  musllinux: 'musl',
  glibc: 'glibc',
  gnu: 'glibc',
};

/** What the names of a path say; empty sets where they say nothing. */
export interface NamedPlatform {
  readonly systems: ReadonlySet<string>;
  /** In Go's words. */
  readonly architectures: ReadonlySet<string>;
  readonly libcs: ReadonlySet<'glibc' | 'musl'>;
}

/** Reads the names of a path from its last package on: `bin/napi-v6/linux/arm64`, `prebuilds/darwin-x64+arm64`. */
export function readNamedPlatform(path: string): NamedPlatform {
  const [inPackage = path] = /(?<=(?:^|\/)node_modules\/)(?!.*\/node_modules\/).*$/.exec(path) ?? [];
  const words = inPackage
    .toLowerCase()
    .replaceAll('x86_64', 'x64')
    .split(/[^a-z0-9]+/);
  const pick = <Value>(names: Readonly<Record<string, Value>>) =>
    new Set(words.flatMap((word) => (Object.hasOwn(names, word) ? [names[word] as Value] : [])));
  return { systems: pick(systems), architectures: pick(processors), libcs: pick(libraries) };
}

/** Whether a path names platforms, and `platform` is not among them. */
export function namesOtherPlatform(path: string, { os, architecture }: Platform): boolean {
  const { systems, architectures } = readNamedPlatform(path);
  return (
    (systems.size > 0 && !systems.has(os)) || (architectures.size > 0 && !architectures.has(architecture))
  );
}
