/** Folders and images for tests. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BuildOptions, buildImage } from '../src/build/build-image.ts';
import type { Image } from '../src/image/image.ts';

export const amd64 = { os: 'linux', architecture: 'amd64' } as const;

/** Makes a folder that goes when the test ends, with the files that `files` says; so does one for layers beside it. */
export async function makeFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-image-'));
  onTestFinished(async () => {
    for (const path of [folder, `${folder}-layers`]) await rm(path, { recursive: true, force: true });
  });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Builds an image of two small layers. */
export async function makeImage(options: Partial<BuildOptions> = {}): Promise<Image> {
  const folder = await makeFolder({
    'dependencies/index.js': 'export default 1;\n',
    'dist/main.js': 'console.log("main");\n',
    'dist/deep/data.bin': new Uint8Array(300_000).map((_, index) => index % 251),
  });
  return buildImage({
    platform: amd64,
    layers: [
      {
        kind: 'dependencies',
        files: [{ from: join(folder, 'dependencies'), to: '/app/node_modules/dependency' }],
      },
      { kind: 'application', files: [{ from: join(folder, 'dist'), to: '/app/dist' }] },
    ],
    run: { entrypoint: ['node', '/app/dist/main.js'], environment: { NODE_ENV: 'production' } },
    layerDirectory: join(folder, 'layers'),
    ...options,
  });
}

/** Reads a stream whole. */
export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
