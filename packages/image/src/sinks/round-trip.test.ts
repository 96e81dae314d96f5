/** What is written is what is read: one suite for each form in which an image can be kept. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { amd64, makeFolder, makeImage, readAll } from '../../test/make-folder.ts';
import { assembleManifest } from '../assemble-manifest.ts';
import { readArchive } from '../sources/read-archive.ts';
import { readLayout } from '../sources/read-layout.ts';
import { writeArchive } from './write-archive.ts';
import { writeLayout } from './write-layout.ts';

const forms = [
  { form: 'a layout', write: writeLayout, read: readLayout, name: '1' },
  { form: 'an archive', write: writeArchive, read: readArchive, name: 'app:1' },
] as const;

describe.each(forms)('$form', ({ write, read, name }) => {
  test('where no folder can be made, the write ends with the path', async () => {
    const path = '/proc/optml/image/file';

    await expect(write(await makeImage(), path)).rejects.toMatchObject({
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

      const written = await write(image, path, { format, name });
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
    await write(await makeImage(), path, { name });
    const options = { platform: amd64, layerDirectory: folder };

    await expect(read(path, { ...options, name: '1' })).resolves.toBeDefined();
    await expect(read(path, { ...options, name: '2' })).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
      message: `${path} holds no image "2": it has "${name}"`,
    });
  });

  test('refuses an image for another platform, and names both', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'image');
    await write(await makeImage(), path);

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
  await writeLayout(await makeImage(), folder, { name: 'one' });
  await writeLayout(await makeImage({ run: { user: '1' } }), folder, { name: 'two' });
  await writeLayout(await makeImage({ run: { user: '2' } }), folder, { name: 'one' });

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
  const { layers } = await writeLayout(image, folder);

  const back = await readLayout(folder, { platform: amd64, layerDirectory: folder });
  const known = back.layers.flatMap(({ descriptor }) => descriptor ?? []);

  expect(assembleManifest(back, known).manifest).toEqual(assembleManifest(image, layers).manifest);
  expect(assembleManifest(back, known).manifest.descriptor.mediaType).toBe(
    'application/vnd.docker.distribution.manifest.v2+json',
  );
});
