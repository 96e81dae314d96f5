/** Several models in one server: what each takes in memory and time, and what a thousand rounds of them leave behind. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Benchmark, Figure } from '../benchmark.ts';
import { programFile } from '../run-program.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';

/** Fewer are enough to see whether it works. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 1_000);
/** After so many of ten the rounds have warmed up. */
const warmTenths = 2;
/** What multi-model-server takes for each model. */
const peerMb = 40;
/** Between two loads, as the platform downloads a model in between. */
const pauseMs = 500;

export const servingModels: Benchmark = {
  title:
    'models of 1 MB in one server, each in a thread of its own and all in one; 1,000 rounds of load, invoke, unload',
  async measure() {
    const root = await mkdtemp(join(tmpdir(), 'optml-models-'));
    try {
      await mkdir(join(root, 'm/model'), { recursive: true });
      return [
        ...(await measureModels(root, { isolation: 'worker', count: 40, allowedMb: peerMb * 40 })),
        ...(await measureModels(root, { isolation: 'inline', count: 200, allowedMb: 1_000 })),
        await measureRounds(root),
      ];
    } finally {
      await rm(root, { recursive: true });
    }
  },
};

interface ModelsOptions {
  readonly isolation: 'worker' | 'inline';
  readonly count: number;
  readonly allowedMb: number;
}

async function measureModels(
  root: string,
  { isolation, count, allowedMb }: ModelsOptions,
): Promise<readonly Figure[]> {
  return await withServer(root, isolation, async (server) => {
    const times: number[] = [];
    for (let model = 0; model < count; model += 1) {
      const startMs = performance.now();
      await load(server, root, `m${model}`);
      times.push(performance.now() - startMs);
      if (isolation === 'worker') await wait(pauseMs);
    }
    const megabytes = await server.readResidentMegabytes();
    const loadMs = times.sort((left, right) => left - right)[Math.floor(count / 2)] ?? 0;
    return [
      { name: `${isolation}: memory with ${count} models of 1 MB`, megabytes, atMost: allowedMb },
      { name: `${isolation}: a load, against 50 ms`, aMs: loadMs, bMs: 50, ratio: loadMs / 50, atMost: 1 },
    ];
  });
}

async function measureRounds(root: string): Promise<Figure> {
  return await withServer(root, 'worker', async (server) => {
    const memoryMb: number[] = [];
    for (let tenth = 0; tenth < 10; tenth += 1) {
      let peakMb = 0;
      for (let round = 0; round < rounds / 10; round += 1) {
        await load(server, root, 'm');
        await send(server, 'POST', '/models/m/invoke', '[[1]]');
        await send(server, 'DELETE', '/models/m');
        if (round % 10 === 0) peakMb = Math.max(peakMb, await server.readResidentMegabytes());
      }
      memoryMb.push(peakMb);
      process.stdout.write(`  peak of ${(rounds * (tenth + 1)) / 10} rounds: ${peakMb.toFixed(0)} MB\n`);
    }
    const half = (10 - warmTenths) / 2;
    const [early, late] = [memoryMb.slice(warmTenths, -half), memoryMb.slice(-half)].map((peaks) =>
      Math.max(...peaks),
    ) as [number, number];
    const name = `worker: peak of the last ${rounds * 0.4} rounds, against that of the ${rounds * 0.4} before`;
    return { name, unit: 'MB', aMs: late, bMs: early, ratio: late / early, atMost: 1.15 };
  });
}

async function withServer<Result>(
  root: string,
  isolation: string,
  use: (server: BenchServer) => Promise<Result>,
): Promise<Result> {
  const predictor = new URL(`file://${programFile('predict-megabyte')}`).href;
  const words = [predictor, root, JSON.stringify({ isolation, multiModel: { modelsDirectory: root } })];
  const server = await startServer([process.execPath, programFile('serve-optml'), ...words]);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function load(server: BenchServer, root: string, name: string): Promise<void> {
  const body = JSON.stringify({ model_name: name, url: join(root, 'm/model') });
  await send(server, 'POST', '/models', body);
}

async function send({ url }: BenchServer, method: string, path: string, body?: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${method} ${path} was answered with ${reply.status}: ${text}`);
}
