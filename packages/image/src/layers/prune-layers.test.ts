/** What a layer directory keeps, and what it does not. */

import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amd64, makeFolder } from '../../test/make-folder.ts';
import { buildImage } from '../build/build-image.ts';
import { pruneLayers } from './prune-layers.ts';

const nowMs = 1_800_000_000_000;

/** Files of ten bytes, by name, with the hours since each was used. */
async function makeLayers(hours: Readonly<Record<string, number>>): Promise<string> {
  const folder = await makeFolder();
  for (const [name, age] of Object.entries(hours)) {
    const used = new Date(nowMs - age * 3_600_000);
    await writeFile(join(folder, name), '0123456789');
    await utimes(join(folder, name), used, used);
  }
  return folder;
}

const layer = (letter: string) => `${letter.repeat(64)}.gzip1-1.3.${letter.repeat(64)}.tar.gz`;

test('the layers that were used longest ago go, until the rest fits', async () => {
  const folder = await makeLayers({ [layer('a')]: 4, [layer('b')]: 3, [layer('c')]: 2 });

  const removed = await pruneLayers(folder, { nowMs, keepBytes: 20 });

  expect(removed).toBe(10);
  expect((await readdir(folder)).sort()).toEqual([layer('b'), layer('c')]);
});

test('a layer that was used in the last hour stays, whatever there is room for', async () => {
  const folder = await makeLayers({ [layer('a')]: 0.9, [layer('b')]: 1.1 });

  await pruneLayers(folder, { nowMs, keepBytes: 0 });

  expect(await readdir(folder)).toEqual([layer('a')]);
});

test('what a killed process has left goes after a day, and what is not of this directory never', async () => {
  const unfinished = `${'a'.repeat(64)}.5b1b4a6e-0000-4000-8000-000000000000.unfinished`;
  const archive = 'engine-5b1b4a6e-0000-4000-8000-000000000000.tar';
  const folder = await makeLayers({ [unfinished]: 25, [archive]: 23, 'notes.txt': 9999, 'a.tar.gz': 9999 });

  await pruneLayers(folder, { nowMs, keepBytes: 0 });

  expect((await readdir(folder)).sort()).toEqual(['a.tar.gz', archive, 'notes.txt']);
});

test('a directory that is not there is empty', async () => {
  expect(await pruneLayers(join(await makeFolder(), 'absent'), { nowMs })).toBe(0);
});

test('a layer that is found again counts as used now', async () => {
  const layerDirectory = await makeFolder();
  const layers = [
    { kind: 'application', files: [{ from: await makeFolder({ 'a.js': 'a' }), to: '/app' }] },
  ] as const;
  const build = async () => (await buildImage({ platform: amd64, layers, layerDirectory })).layers[0];
  await (await build())?.compress();
  const [name = ''] = await readdir(layerDirectory);
  await utimes(join(layerDirectory, name), new Date(0), new Date(0));

  await (await build())?.compress();
  await pruneLayers(layerDirectory, { nowMs: Date.now(), keepBytes: 0 });

  expect(await readdir(layerDirectory)).toEqual([name]);
});
