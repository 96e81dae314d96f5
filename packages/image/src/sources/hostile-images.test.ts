/** Images that are damaged, or made to mislead: each gives a coded reason, and none a file outside. */

import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amd64, makeFolder, makeImage, readAll } from '../../test/make-folder.ts';
import { ImageError } from '../errors.ts';
import { assembleManifest } from '../image/assemble-manifest.ts';
import { digestOf } from '../image/digest.ts';
import type { Image } from '../image/image.ts';
import { readLayerEntries } from '../layers/read-layer-entries.ts';
import { createStoredLayer } from '../layers/stored-layer.ts';
import { writeArchive } from '../sinks/write-archive.ts';
import { writeLayout } from '../sinks/write-layout.ts';
import { encodeTarHeader } from '../tar/encode-tar-header.ts';
import { readArchive } from './read-archive.ts';
import { blobFile, readLayout } from './read-layout.ts';

const options = { platform: amd64, layerDirectory: '/nowhere' };

async function readWhole(image: Image): Promise<void> {
  for (const layer of image.layers)
    for await (const { content } of readLayerEntries(layer)) await readAll(content());
}

test('an archive that is cut off anywhere is refused with a code', async () => {
  const folder = await makeFolder();
  const whole = join(folder, 'whole.tar');
  await writeArchive(await makeImage(), { path: whole, name: 'app:1' });
  const bytes = await readFile(whole);
  const file = join(folder, 'cut.tar');
  // Behind the last document that is needed, nothing is missed.
  const anywhere = fc.nat(bytes.indexOf('"Layers"'));
  await fc.assert(
    fc.asyncProperty(anywhere, async (length) => {
      await writeFile(file, bytes);
      await truncate(file, length);

      const failure = await readArchive(file, options)
        .then(readWhole)
        .catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(ImageError);
    }),
    { numRuns: 50 },
  );
});

test('an archive that is compressed, a tar of something else, an empty file, a disk and a device say what they are', async () => {
  const folder = await makeFolder({
    'a.tar.gz': gzipSync(new Uint8Array(2000)),
    'a.tar.zst': zstdCompressSync(new Uint8Array(2000)),
    // Made by xz and bzip2 of an empty file.
    'a.tar.xz': Buffer.from('/Td6WFoAAATm1rRGAAAAABzfRCEftvN9AQAAAAAEWVo=', 'base64'),
    'a.tar.bz2': Buffer.from('QlpoORdyRThQkAAAAAA=', 'base64'),
    'empty.tar': '',
    'disk.iso': new Uint8Array(40_000).fill(1, 32_768),
  });
  const header = encodeTarHeader({
    path: 'x',
    type: 'directory',
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: 0,
  });
  await writeFile(join(folder, 'other.tar'), Buffer.concat([header, Buffer.alloc(1024)]));

  for (const [name, what] of [
    ['a.tar.gz', 'is compressed with gzip: unpack it first (gunzip '],
    ['a.tar.zst', 'is compressed with zstd: unpack it first (unzstd '],
    ['a.tar.xz', 'is compressed with xz: unpack it first (unxz '],
    ['a.tar.bz2', 'is compressed with bzip2: unpack it first (bunzip2 '],
    ['empty.tar', 'empty.tar is empty: save an image again'],
    ['disk.iso', 'disk.iso is not a tar archive: save an image again'],
    ['other.tar', 'not "docker export"'],
    // A shell's `<(docker save IMAGE)` is not a regular file.
    ['/dev/null', '/dev/null is not a regular file: save an image again'],
  ] as const) {
    await expect(readArchive(resolve(folder, name), options)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining(what),
    });
  }
});

test.each([
  ['changed', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([1])]), 'BLOB_MISMATCH'],
  ['longer', (bytes: Buffer) => Buffer.concat([bytes, bytes]), 'BLOB_MISMATCH'],
  ['shorter', (bytes: Buffer) => bytes.subarray(0, -10), 'BLOB_MISMATCH'],
])('a layout whose layer is %s is found out', async (_, change, code) => {
  const folder = await makeFolder();
  const { layers } = await writeLayout(await makeImage(), { path: folder });
  const file = blobFile(folder, layers[1]?.digest ?? '');
  await writeFile(file, change(await readFile(file)));

  const image = await readLayout(folder, options);

  await expect(readAll((await image.layers[1]?.compress())?.open() ?? ([] as never))).rejects.toMatchObject({
    code,
  });
});

test('a layout whose layer is missing names the file', async () => {
  const folder = await makeFolder();
  const { layers } = await writeLayout(await makeImage(), { path: folder });
  const file = blobFile(folder, layers[0]?.digest ?? '');
  await rm(file);

  await expect(readWhole(await readLayout(folder, options))).rejects.toMatchObject({
    code: 'LAYOUT_INVALID',
    path: file,
  });
});

test('a config whose diff_ids are those of other layers is found out when a layer is opened', async () => {
  const folder = await makeFolder();
  const image = await makeImage();
  const diffIds = [...image.config.rootfs.diff_ids].reverse();
  const config = { ...image.config, rootfs: { type: 'layers' as const, diff_ids: diffIds } };
  await writeLayout(
    { ...image, config, configBytes: new TextEncoder().encode(JSON.stringify(config)) },
    { path: folder },
  );

  await expect(readWhole(await readLayout(folder, options))).rejects.toMatchObject({
    code: 'LAYER_INVALID',
    message: expect.stringContaining(`and its config says ${diffIds[0]}`),
  });
});

/** A layer of one entry, as a registry would give it. */
function makeLayer(path: string, linkTarget?: string) {
  const type = linkTarget === undefined ? ('directory' as const) : ('link' as const);
  const shared = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
  const header = encodeTarHeader({ ...shared, path, type, ...(linkTarget !== undefined && { linkTarget }) });
  const tar = Buffer.concat([header, Buffer.alloc(1024)]);
  return createStoredLayer({
    diffId: digestOf(tar),
    history: {},
    compression: 'none',
    descriptor: { mediaType: '', digest: digestOf(tar), size: tar.length },
    where: 'test',
    layerDirectory: '/nowhere',
    openBlob: async function* () {
      yield tar;
    },
  });
}

async function listPaths(layer: ReturnType<typeof makeLayer>) {
  const found = [];
  for await (const { path, deletes } of readLayerEntries(layer)) found.push([path, deletes]);
  return found;
}

test.each([
  ['../etc/passwd', undefined],
  ['app/../../etc', undefined],
  ['a/..', undefined],
  ['link', '../../etc/passwd'],
  ['a/.wh..', undefined],
  ['a/.wh...', undefined],
  ['a/.wh..wh.x', undefined],
])('a layer with the path %j is refused', async (path, linkTarget) => {
  await expect(listPaths(makeLayer(path, linkTarget))).rejects.toMatchObject({ code: 'LAYER_PATH_UNSAFE' });
});

test.each([
  ['/app/x', 'app/x', undefined],
  ['./app//x', 'app/x', undefined],
  ['app/.wh.x', 'app/x', 'path'],
  ['.wh.x', 'x', 'path'],
  ['app/.wh..wh..opq', 'app', 'content'],
])('the path %j of a layer means %j, deleting %s', async (path, meaning, deletes) => {
  expect(await listPaths(makeLayer(path))).toEqual([[meaning, deletes]]);
});

test.each(['.wh..wh.aufs', '.wh..wh.plnk/123.456', './.wh..wh.orph'])(
  'the record %s of aufs is passed over',
  async (path) => {
    expect(await listPaths(makeLayer(path))).toEqual([]);
  },
);

test('a manifest needs a descriptor for each layer', async () => {
  const image = await makeImage();

  expect(() => assembleManifest(image, { layerDescriptors: [] })).toThrow(
    expect.objectContaining({ code: 'BUILD_INVALID' }),
  );
});

test('a text that is not an archive is quoted on one line', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'text.tar');
  await writeFile(file, 'a line of a text\n'.repeat(100));

  const read = readArchive(file, { platform: amd64, layerDirectory: join(folder, 'layers') });

  await expect(read).rejects.toMatchObject({
    code: 'ARCHIVE_INVALID',
    message: expect.stringMatching(/^.*not an archive.*$/),
  });
});
