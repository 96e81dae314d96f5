/** How long the layers of the reference image take to make, against what any shell has for it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildImage, writeLayout } from '@optml/image';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';

const rounds = 11;
const platform = { os: 'linux', architecture: 'amd64' } as const;

/** The reference image's own files, and a folder of dependencies as larger images have them. */
const sources = [
  {
    name: "the reference image's own layer",
    folder: new URL('../../container/', import.meta.url),
    paths: ['dist', 'bin', 'package.json'],
    atMost: 2,
  },
  {
    name: 'a node_modules of the workspace (typescript)',
    folder: new URL('../../../node_modules/typescript/', import.meta.url),
    paths: ['lib'],
  },
];

export const imageBuild: Benchmark = {
  title: 'a cold build of layers, files to compressed blobs in a layout (A), against `tar | gzip -1` (B)',
  async measure() {
    const folder = await mkdtemp(join(tmpdir(), 'optml-bench-'));
    try {
      const figures: Figure[] = [];
      for (const source of sources) figures.push(await measureSource(source, folder));
      return figures;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function measureSource(source: (typeof sources)[number], folder: string): Promise<Figure> {
  const root = fileURLToPath(source.folder);
  for (const path of source.paths) await stat(join(root, path));
  let count = 0;
  const build = () => measure(() => buildCold(root, source.paths, join(folder, `${count++}`)));
  const pack = () => measure(() => packWithTar(root, source.paths, join(folder, 'layer.tar.gz')));
  const same = (ms: number) => ms;
  const measured = await measureInTurn(build, pack, rounds);
  const { atMost } = source;
  return {
    name: source.name,
    ...compareRounds(measured, same, same),
    ...(atMost !== undefined && { atMost }),
  };
}

async function measure(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function buildCold(root: string, paths: readonly string[], folder: string): Promise<void> {
  const layerDirectory = join(folder, 'layers');
  const files = paths.map((path) => ({ from: join(root, path), to: `/app/${path}` }));
  const layers = [{ kind: 'application', files }] as const;
  const image = await buildImage({ platform, layers, layerDirectory });
  await writeLayout(image, { path: join(folder, 'layout') });
}

async function packWithTar(root: string, paths: readonly string[], file: string): Promise<void> {
  const words = ['-o', 'pipefail', '-c', 'tar -c "$@" | gzip -1 >"$FILE"', 'bash', ...paths];
  const child = spawn('bash', words, {
    cwd: root,
    env: { PATH: process.env.PATH, FILE: file },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`tar | gzip -1 ended with exit code ${exitCode}`);
}
