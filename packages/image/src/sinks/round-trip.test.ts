/** What is written is what is read: one suite for each form in which an image can be kept. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { amd64, makeFolder, makeImage, readAll } from '../../test/make-folder.ts';
import { assembleManifest } from '../image/assemble-manifest.ts';
import { digestOf } from '../image/digest.ts';
import type { Image } from '../image/image.ts';
import { readArchive } from '../sources/read-archive.ts';
import { readLayout } from '../sources/read-layout.ts';
import { writeArchive } from './write-archive.ts';
import { writeLayout } from './write-layout.ts';

const run = promisify(execFile);

const forms = [
  { form: 'a layout', write: writeLayout, read: readLayout, name: '1' },
  { form: 'an archive', write: writeArchive, read: readArchive, name: 'app:1' },
] as const;

describe.each(forms)('$form', ({ write, read, name }) => {
  test('where no folder can be made, the write ends with the path', async () => {
    const path = '/proc/optml/image/file';

    await expect(write(await makeImage(), { path })).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(path),
    });
  });

  test.each(['docker', 'oci'] as const)(
    'gives back config and layers of an image in the format %s',
    async (format) => {
      const image = await makeImage();
      const folder = await makeFolder();
      const path = join(folder, 'image');

      const written = await write(image, { path, format, name });
      const back = await read(path, { platform: amd64, layerDirectory: join(folder, 'layers') });

      expect(back.config).toEqual(image.config);
      expect(Buffer.from(back.configBytes)).toEqual(Buffer.from(image.configBytes));
      expect(back.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
      expect(back.layers.map(({ history }) => history)).toEqual(image.layers.map(({ history }) => history));
      for (const [index, layer] of back.layers.entries()) {
        const tar = await readAll(layer.open());
        expect(`sha256:${createHash('sha256').update(tar).digest('hex')}`).toBe(layer.diffId);
        expect(layer.descriptor?.digest).toBe(written.layers[index]?.digest);
      }
    },
  );

  test('finds an image by its name, and says which there are', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'image');
    await write(await makeImage(), { path, name });
    const options = { platform: amd64, layerDirectory: folder };

    await expect(read(path, { ...options, name: '1' })).resolves.toBeDefined();
    await expect(read(path, { ...options, name: '2' })).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
      message: `${path} does not hold an image "2": it has "${name}"`,
    });
  });

  test('refuses an image for another platform, and names both', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'image');
    await write(await makeImage(), { path });

    const reading = read(path, { platform: { os: 'linux', architecture: 'arm64' }, layerDirectory: folder });

    await expect(reading).rejects.toMatchObject({
      code: 'PLATFORM_MISSING',
      message: expect.stringMatching(/linux\/amd64.*linux\/arm64|linux\/arm64.*linux\/amd64/),
    });
  });
});

test('two images stand in one layout, and a second of the same name takes the place of the first', async () => {
  const folder = await makeFolder();
  const options = { platform: amd64, layerDirectory: folder };
  await writeLayout(await makeImage(), { path: folder, name: 'one' });
  await writeLayout(await makeImage({ run: { user: '1' } }), { path: folder, name: 'two' });
  await writeLayout(await makeImage({ run: { user: '2' } }), { path: folder, name: 'one' });

  expect((await readLayout(folder, { ...options, name: 'one' })).config.config?.User).toBe('2');
  expect((await readLayout(folder, { ...options, name: 'two' })).config.config?.User).toBe('1');
  await expect(readLayout(folder, options)).rejects.toMatchObject({
    code: 'BASE_NOT_FOUND',
    message: expect.stringContaining('choose one of "two", "one"'),
  });
});

test('an image read from an OCI layout gives the same Docker manifest as the image that was written', async () => {
  const image = await makeImage();
  const folder = await makeFolder();
  const { layers } = await writeLayout(image, { path: folder });

  const back = await readLayout(folder, { platform: amd64, layerDirectory: folder });
  const known = back.layers.flatMap(({ descriptor }) => descriptor ?? []);

  expect(assembleManifest(back, { layerDescriptors: known }).manifest).toEqual(
    assembleManifest(image, { layerDescriptors: layers }).manifest,
  );
  expect(assembleManifest(back, { layerDescriptors: known }).manifest.descriptor.mediaType).toBe(
    'application/vnd.docker.distribution.manifest.v2+json',
  );
});

/** One archive of several images, as "docker save A B" writes it: in its old form alone, or with a layout. */
async function saveTogether(form: 'old' | 'new', images: Readonly<Record<string, Image>>): Promise<string> {
  const folder = await makeFolder();
  const manifests: object[] = [];
  const entries: object[] = [];
  for (const [name, image] of Object.entries(images)) {
    const file = join(folder, 'one.tar');
    await writeArchive(image, { path: file, name });
    await run('tar', ['-xf', file, '-C', folder]);
    const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const {
      manifests: [entry],
    } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
    manifests.push(manifest);
    entries.push(entry);
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifests));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: entries }));
  const parts =
    form === 'old' ? ['manifest.json', 'blobs'] : ['manifest.json', 'index.json', 'oci-layout', 'blobs'];
  await run('tar', ['-cf', join(folder, 'all.tar'), '-C', folder, ...parts]);
  return join(folder, 'all.tar');
}

describe.each(['old', 'new'] as const)('an archive of several images in the %s form', (form) => {
  const readUser = async (images: Readonly<Record<string, Image>>, name: string | undefined) => {
    const file = await saveTogether(form, images);
    const image = await readArchive(file, { platform: amd64, layerDirectory: `${file}-layers`, name });
    return image.config.config?.User;
  };
  const makeUser = (user: string) => makeImage({ run: { user } });

  test('gives the one of the full name, however the name is completed', async () => {
    const images = { 'team/app:1': await makeUser('1'), 'team/other:1': await makeUser('2') };

    expect(await readUser(images, 'team/other:1')).toBe('2');
    expect(await readUser(images, 'docker.io/team/app:1')).toBe('1');
  });

  test.each(['1', undefined])('refuses to guess which one %j means, and lists them', async (name) => {
    const images = { 'team/app:1': await makeUser('1'), 'team/other:1': await makeUser('2') };

    await expect(readUser(images, name)).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
      message: expect.stringMatching(/holds several images.*choose one of "team\/app:1", "team\/other:1"/),
    });
  });

  test('takes several names of one image for that image', async () => {
    const image = await makeUser('3');

    expect(await readUser({ 'team/app:1': image, 'team/other:1': image }, '1')).toBe('3');
  });

  test('does not take a tag for one that ends like it, nor a repository for another', async () => {
    const images = { 'team/app:v1': await makeUser('1'), 'my-app:2': await makeUser('2') };

    await expect(readUser(images, '1')).rejects.toMatchObject({ code: 'BASE_NOT_FOUND' });
    await expect(readUser(images, 'app:2')).rejects.toMatchObject({ code: 'BASE_NOT_FOUND' });
  });
});

test.each([
  ['gzip', gzipSync, 'gzip'],
  ['zstd', zstdCompressSync, undefined],
  ['nothing', (bytes: Buffer) => bytes, undefined],
] as const)(
  'an archive in the old form whose layers are compressed with %s is read by their bytes',
  async (_, compress, kept) => {
    const image = await makeImage();
    const folder = await makeFolder({
      'config.json': image.configBytes,
      'manifest.json': JSON.stringify([
        {
          Config: 'config.json',
          RepoTags: ['app:1'],
          Layers: image.layers.map((_, index) => `${index}.tar`),
        },
      ]),
    });
    for (const [index, layer] of image.layers.entries())
      await writeFile(join(folder, `${index}.tar`), compress(await readAll(layer.open())));
    const file = `${folder}.tar`;
    onTestFinished(() => rm(file));
    await run('tar', ['-cf', file, '-C', folder, '.']);

    const back = await readArchive(file, { platform: amd64, layerDirectory: `${folder}-layers` });

    for (const layer of back.layers) {
      expect(digestOf(await readAll(layer.open()))).toBe(layer.diffId);
      expect(layer.descriptor === undefined ? undefined : 'gzip').toBe(kept);
    }
  },
);

test('a base whose history fits its layers badly gives an image whose history fits', async () => {
  const made = await makeImage();
  const base = { ...made, config: { ...made.config, history: [{ created_by: 'one step' }] } };

  const image = await makeImage({ base });

  const steps = image.config.history?.filter(({ empty_layer }) => empty_layer !== true);
  expect(steps?.length).toBe(image.layers.length);
});

test('a layout with two images of one name and platform is refused', async () => {
  const folder = await makeFolder();
  await writeLayout(await makeImage(), { path: folder, name: 'a' });
  await writeLayout(await makeImage({ run: { user: '1' } }), { path: folder, name: 'b' });
  const file = join(folder, 'index.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"b"', '"a"'));

  await expect(readLayout(folder, { platform: amd64, layerDirectory: folder, name: 'a' })).rejects.toThrow(
    /holds two images named "a", sha256:\S+ and sha256:\S+: remove one/,
  );
});

test('an index that names a platform whose image was left behind names those that are there', async () => {
  const folder = await makeFolder();
  await writeLayout(await makeImage(), { path: folder });
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const absent = {
    ...index.manifests[0],
    digest: `sha256:${'0'.repeat(64)}`,
    platform: { os: 'linux', architecture: 'arm64' },
  };
  const present = { ...index.manifests[0], platform: amd64 };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ ...index, manifests: [absent, present] }));
  await run('tar', ['-cf', `${folder}.tar`, '-C', folder, '.']);
  onTestFinished(() => rm(`${folder}.tar`));
  const arm64 = { platform: { os: 'linux', architecture: 'arm64' }, layerDirectory: folder };

  for (const reading of [readLayout(folder, arm64), readArchive(`${folder}.tar`, arm64)]) {
    await expect(reading).rejects.toMatchObject({
      code: 'PLATFORM_MISSING',
      message: expect.stringContaining('has no image for linux/arm64: it has linux/amd64'),
    });
  }
});
