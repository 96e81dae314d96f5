/** The upload of one large layer to a registry, against curl -T. */

import { execFile } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { startRegistry } from '../publishing/start-registry.ts';
import { programFile } from '../run-program.ts';

const rounds = 5;
const layerBytes = 500_000_000;
const run = promisify(execFile);

export const publishUpload: Benchmark = {
  title: '500 MB layer to a local registry: putBlob (A), against curl -T (B)',
  async measure() {
    const registry = await startRegistry();
    const file = join(tmpdir(), `optml-bench-layer-${process.pid}`);
    try {
      const digest = await writeLayer(file);
      const measured = await measureInTurn(
        () => put(registry.host, file, digest),
        () => curl(registry.host, file, digest),
        rounds,
      );
      const same = (ms: number) => ms;
      return [
        // 0.7 of the throughput.
        { name: 'upload', ...compareRounds(measured, ({ ms }) => ms, same), atMost: 1.43 },
        {
          name: 'highest peak of the process',
          megabytes: Math.max(...measured.map(({ a }) => a.peakMegabytes)),
          atMost: 150,
        },
      ];
    } finally {
      await rm(file, { force: true });
      await registry.close();
    }
  },
};

async function writeLayer(path: string): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1_000_000);
  await using file = await open(path, 'w');
  for (let written = 0; written < layerBytes; written += chunk.length) {
    randomFillSync(chunk);
    hash.update(chunk);
    await file.write(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

let uploads = 0;

function nameRepository(): string {
  uploads += 1;
  return `layer-${uploads}`;
}

/** Both start a process, and open an upload before they send. */
async function put(
  host: string,
  file: string,
  digest: string,
): Promise<{ ms: number; peakMegabytes: number }> {
  const words = [programFile('put-blob'), host, `a/${nameRepository()}`, file, digest, String(layerBytes)];
  const startedMs = performance.now();
  const { stdout } = await run(process.execPath, words);
  return { ms: performance.now() - startedMs, peakMegabytes: Number(stdout) / 1e6 };
}

async function curl(host: string, file: string, digest: string): Promise<number> {
  const startedMs = performance.now();
  const begin = [
    '-s',
    '-S',
    '-f',
    '-X',
    'POST',
    '-D',
    '-',
    '-o',
    '/dev/null',
    `http://${host}/v2/b/${nameRepository()}/blobs/uploads/`,
  ];
  const location = /^location: (\S+)/im.exec((await run('curl', begin)).stdout)?.[1];
  await run('curl', ['-s', '-S', '-f', '-T', file, `${location}&digest=${digest}`]);
  return performance.now() - startedMs;
}
