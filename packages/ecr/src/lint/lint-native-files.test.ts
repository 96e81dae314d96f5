/** Only what would be loaded is judged: what a program needs, and the modules that Node would pick. */

import { createFileTree, type FileFacts } from '@optml/image/layers';
import { expect, test } from 'vitest';
import { lintNativeFiles } from './lint-native-files.ts';

const file = (path: string, facts: Partial<FileFacts> = {}): FileFacts => ({
  path,
  type: 'file',
  mode: 0o755,
  size: 1,
  ...facts,
});
const elf = (path: string, architecture = 'amd64', needed: readonly string[] = [], loader?: string) =>
  file(path, { elf: { architecture, needed, ...(loader !== undefined && { loader }) } });
const link = (path: string, linkTarget: string) => file(path, { type: 'symlink', linkTarget });

async function lint(files: readonly FileFacts[], programs: readonly string[] = [], architecture = 'amd64') {
  const tree = createFileTree<FileFacts>();
  await tree.addLayer(files);
  return lintNativeFiles({ platform: { os: 'linux', architecture } }, tree, programs).map(
    ({ code, found }) => `${code}: ${found}`,
  );
}

const node = [
  elf('usr/bin/node', 'amd64', ['libc.so.6'], '/lib64/ld-linux-x86-64.so.2'),
  link('lib64', 'usr/lib64'),
  link('lib', 'usr/lib'),
  elf('usr/lib64/ld-linux-x86-64.so.2'),
  elf('usr/lib/libc-2.36.so'),
  link('usr/lib/libc.so.6', 'libc-2.36.so'),
];

test.each<[string, readonly FileFacts[]]>([
  ['objects for GPUs', [elf('opt/cuda/kernel.cubin', 'unknown'), elf('opt/rocm/k.so', 'unknown')]],
  ['libraries for 386 that nothing needs', [elf('usr/lib32/libc.so.6', '386')]],
  ['test data of toolchains', [elf('usr/lib/go/testdata/arm64.so', 'arm64'), elf('srv/ppc64', 'ppc64le')]],
  [
    'modules of a package for other platforms',
    [
      elf('app/node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/x.node', 'arm64', ['libnothing.so']),
      file('app/node_modules/x/prebuilds/darwin-x64/x.node', { foreignFormat: 'Mach-O' }),
      elf('app/node_modules/x/prebuilds/linux-x64/x.musl.node', 'amd64', ['libc.musl-x86_64.so.1']),
    ],
  ],
  ['a module that brings its library', [elf('app/a.node', 'amd64', ['libown.so.1']), elf('app/libown.so.1')]],
  [
    'a library of another processor beside the right one',
    [elf('app/a.node', 'amd64', ['libx.so.1']), elf('app/libx.so.1', 'arm64'), elf('usr/lib/libx.so.1')],
  ],
  ['the library of a driver', [elf('app/a.node', 'amd64', ['libcuda.so.1', 'libnvidia-ml.so.1'])]],
  ['a file that is called a module and is text', [file('app/a.node')]],
])('%s are not a finding', async (_, files) => {
  expect(await lint([...node, ...files], ['/usr/bin/node'])).toEqual([]);
});

test.each<[string, readonly FileFacts[], string]>([
  ['a module', [elf('app/a.node', 'arm64')], '/app/a.node is for arm64'],
  ['a module of a Mac', [file('app/a.node', { foreignFormat: 'Mach-O' })], '/app/a.node is for macOS'],
  ['a module of Windows', [file('app/a.node', { foreignFormat: 'PE' })], '/app/a.node is for Windows'],
  ['a module for 386', [elf('app/a.node', '386')], '/app/a.node is for 386'],
  [
    'a library that a module needs, through another',
    [
      elf('app/a.node', 'amd64', ['libb.so']),
      elf('app/libb.so', 'amd64', ['libc.so']),
      elf('app/libc.so', 'arm64'),
    ],
    '/app/libc.so is for arm64',
  ],
])('%s for another platform is a finding', async (_, files, found) => {
  expect(await lint([...node, ...files], ['/usr/bin/node'])).toEqual([
    `NATIVE_ARCHITECTURE: ${found}, and the image is for amd64`,
  ]);
});

test('a program for 386 runs on amd64 with libraries for 386, and not the other way round', async () => {
  const files = [elf('bin/old', '386', ['libz.so.1']), elf('lib/libz.so.1', '386')];

  expect(await lint(files, ['bin/old'])).toEqual([]);
  expect(await lint([elf('bin/new', 'amd64')], ['bin/new'], '386')).toEqual([
    'NATIVE_ARCHITECTURE: /bin/new is for amd64, and the image is for 386',
  ]);
});

test('a library that is missing is named with the file that needs it, and so is a loader', async () => {
  const program = elf('usr/bin/node', 'amd64', ['libm.so.6'], '/lib64/ld-linux-x86-64.so.2');
  const module = elf('app/a.node', 'amd64', ['librt.so.1']);

  expect(await lint([program, module], ['usr/bin/node'])).toEqual([
    'LIBRARY_MISSING: /usr/bin/node needs /lib64/ld-linux-x86-64.so.2, /usr/bin/node needs libm.so.6, /app/a.node needs librt.so.1, which the image does not have',
  ]);
});

test('three thousand files are one finding, with a count and three examples', async () => {
  const files = Array.from({ length: 3000 }, (_, index) => elf(`app/${index}.node`, 'arm64'));

  expect(await lint(files)).toEqual([
    'NATIVE_ARCHITECTURE: 3000 cases, among them /app/0.node is for arm64, /app/1.node is for arm64, /app/2.node is for arm64, and the image is for amd64',
  ]);
});

test('libraries that need each other end', async () => {
  const files = [
    elf('app/a.node', 'amd64', ['liba.so']),
    elf('app/liba.so', 'amd64', ['liba.so', 'libb.so']),
  ];

  expect(await lint([...files, elf('app/libb.so', 'amd64', ['liba.so'])])).toEqual([]);
});
