/** An image of more layers than lint allows is one that Docker's engine refuses; alone in its file, for it takes the engine long. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { buildImage, type LayerSource, writeArchive } from '@optml/image';
import { expect, onTestFinished, test } from 'vitest';
import { lintImage } from '../../src/lint/lint-image.ts';

const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

function makeLayer(_: unknown, index: number): LayerSource {
  const content = Buffer.from(`${index}`);
  const entry = { path: 'number', type: 'file', mode: 0o644, size: content.length, content } as const;
  return { kind: 'application', files: [], entries: [entry] };
}

test('128 layers are a finding of lint, and too many for the engine', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'optml-many-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const layerDirectory = join(folder, 'layers');
  const archive = join(folder, 'many.tar');
  const image = await buildImage({
    platform,
    layers: Array.from({ length: 128 }, makeLayer),
    layerDirectory,
  });
  await writeArchive(image, { path: archive, name: 'optml/many:1' });

  const findings = await lintImage(image, { layerDirectory });

  expect(findings.map(({ code }) => code)).toContain('LAYER_COUNT');
  await expect(promisify(execFile)('docker', ['load', '--input', archive])).rejects.toThrow(
    'max depth exceeded',
  );
});
