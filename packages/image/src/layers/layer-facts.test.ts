import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { amd64, makeFolder, readAll } from '../../test/make-folder.ts';
import { buildImage } from '../build/build-image.ts';
import type { Layer } from '../image/image.ts';
import { type FileFacts, keepFactsWhileSent, readLayerFacts } from './layer-facts.ts';

async function makeLayer(files: Readonly<Record<string, string | Uint8Array>>): Promise<Layer> {
  const folder = await makeFolder(files);
  const layers = [{ kind: 'application', files: [{ from: folder, to: '/' }] }] as const;
  const image = await buildImage({ platform: amd64, layers, layerDirectory: `${folder}-layers` });
  return image.layers[0] as Layer;
}

async function collect(layer: Layer, layerDirectory: string): Promise<readonly FileFacts[]> {
  const facts: FileFacts[] = [];
  for await (const fact of readLayerFacts(layer, { layerDirectory })) facts.push(fact);
  return facts;
}

function close(layer: Layer): Layer {
  return {
    ...layer,
    open: () => {
      throw new Error('the layer is read again');
    },
  };
}

test('files say what they are: programs with what they need, scripts with their interpreter, keys', async () => {
  const layer = await makeLayer({
    'app/crlf.sh': '#!/bin/sh -e\r\necho\r\n',
    'app/run': '#!/usr/bin/env node\n',
    'app/.npmrc': '//registry.example.com/:_authToken=abc\n',
    'app/main.js': 'console.log(1);\n',
    'bin/node': await readFile(process.execPath),
  });

  const facts = Object.fromEntries(
    (await collect(layer, await makeFolder())).map((fact) => [fact.path, fact]),
  );

  expect(facts['app/crlf.sh']).toMatchObject({ type: 'file', interpreter: '/bin/sh -e\r' });
  expect(facts['app/run']).toMatchObject({ interpreter: '/usr/bin/env node' });
  expect(facts['app/.npmrc']).toMatchObject({ holdsCredentials: true });
  expect(facts['app/main.js']).toEqual({
    path: 'app/main.js',
    type: 'file',
    mode: 0o644,
    size: 16,
    uid: 0,
    gid: 0,
  });
  expect(facts['bin/node']?.elf).toMatchObject({
    loader: expect.stringContaining('ld-linux'),
    needed: expect.arrayContaining(['libc.so.6']),
  });
  expect(facts.app).toMatchObject({ type: 'directory', mode: 0o755 });
});

test('a layer is read once, and what is left of a reading that was ended counts for nothing', async () => {
  const layer = await makeLayer({ a: 'a', b: 'b' });
  const layerDirectory = await makeFolder({
    [`${layer.diffId.slice(7)}.${crypto.randomUUID()}.unfinished`]: '{',
  });

  const first = await collect(layer, layerDirectory);

  expect(await collect(close(layer), layerDirectory)).toEqual(first);
  expect(first.map(({ path }) => path)).toEqual(['a', 'b']);
});

test('facts are known after a layer was sent, whose bytes arrive as they are', async () => {
  const layer = await makeLayer({ 'a.bin': randomBytes(5_000_000), b: '#!/bin/sh\n' });
  const layerDirectory = await makeFolder();
  const expected = await readAll((await layer.compress()).open());

  const sent = await readAll((await keepFactsWhileSent(layer, { layerDirectory }).compress()).open());

  expect(sent.equals(expected)).toBe(true);
  expect((await collect(close(layer), layerDirectory)).map(({ path }) => path)).toEqual(['a.bin', 'b']);
});

test('bytes that are not the layer are sent, and are not taken for its facts', async () => {
  const layer = await makeLayer({ a: 'a' });
  const other = await makeLayer({ b: 'b' });
  const layerDirectory = await makeFolder();
  const compress = () => other.compress();

  await readAll((await keepFactsWhileSent({ ...layer, compress }, { layerDirectory }).compress()).open());
  const garbage = async function* () {
    yield randomBytes(100_000);
  };
  const blob = { ...(await layer.compress()), open: garbage };
  const broken = keepFactsWhileSent({ ...layer, compress: async () => blob }, { layerDirectory });

  expect((await readAll((await broken.compress()).open())).length).toBe(100_000);
  expect(await readdir(layerDirectory)).toEqual([]);
});

test('a folder that cannot be written is named', async () => {
  const layer = await makeLayer({ a: 'a' });
  const folder = await makeFolder();
  await writeFile(join(folder, 'file'), '');

  await expect(collect(layer, join(folder, 'file', 'layers'))).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringContaining(join(folder, 'file', 'layers')),
  });
});
