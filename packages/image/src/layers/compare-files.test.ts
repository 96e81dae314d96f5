import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildImage } from '../build/build-image.ts';
import { compareFiles, openCompressed } from './compare-files.ts';
import type { LayerEntry } from './layer-entry.ts';

async function makeLayer(files: Readonly<Record<string, string>>, mode = 0o644) {
  const entries = Object.entries(files).map(([path, text]): LayerEntry => {
    const content = Buffer.from(text);
    return { path, type: 'file', mode, size: content.length, content };
  });
  const platform = { os: 'linux', architecture: 'amd64' };
  const { layers } = await buildImage({
    platform,
    layers: [{ kind: 'application', files: [], entries }],
    layerDirectory: tmpdir(),
  });
  const [layer] = layers;
  if (layer === undefined) throw new Error('no layer');
  return layer;
}

test('files that are new, changed and gone are told apart', async () => {
  const before = await makeLayer({ same: 'x', changed: 'x', gone: 'x' });
  const after = await makeLayer({ same: 'x', changed: 'y', 'app/added': 'x' });

  expect(await compareFiles({ before: [before], after: [after] })).toEqual({
    added: ['app/added'],
    changed: ['changed'],
    removed: ['gone'],
  });
});

test('a file that became executable is changed', async () => {
  const changes = await compareFiles({
    before: [await makeLayer({ run: 'x' })],
    after: [await makeLayer({ run: 'x' }, 0o755)],
  });

  expect(changes).toEqual({ added: [], changed: ['run'], removed: [] });
});

test('a compressed layer is read through gzip, and a damaged one is an error', async () => {
  const layer = await makeLayer({ a: 'x'.repeat(10_000) });
  const chunks: Uint8Array[] = [];
  for await (const chunk of layer.open()) chunks.push(chunk);
  const compressed = gzipSync(Buffer.concat(chunks));
  const open = (bytes: Buffer) =>
    openCompressed(layer.diffId, async function* () {
      yield bytes;
    });

  expect((await compareFiles({ before: [open(compressed)], after: [layer] })).changed).toEqual([]);
  await expect(compareFiles({ before: [open(compressed.subarray(0, 60))], after: [] })).rejects.toThrow();
});
