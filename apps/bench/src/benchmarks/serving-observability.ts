/** What it costs to be watched: metrics and the access log on, as the reference container has them, over both off. */

import { join } from 'node:path';
import process from 'node:process';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { type Load, runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const rounds = 9;
const load: Load = { connections: 64, seconds: 3 };
/** For so long V8 compiles what a request runs through, and both sides vary with what it has come to. */
const warmUp: Load = { ...load, seconds: 10 };
/** A simple access log, which builds each line as a text, may cost as much. */
const atMost = 1.15;
const off = { OPTML_METRICS: 'false' };

export const servingObservability: Benchmark = {
  title:
    '10,000 single-row csv requests to the reference container, watched (A) and unwatched (B), 64 connections',
  async measure() {
    const model = await trainModel();
    const compare = (variables: Readonly<Record<string, string>>) =>
      measureInTurn(
        () => measureFresh(model.root, variables),
        () => measureFresh(model.root, off),
        rounds,
      );
    try {
      const both = await compare({ OPTML_ACCESS_LOG: 'true' });
      const metrics = await compare({});
      return [
        { name: 'metrics and access log', ...compareRounds(both, pickTime, pickTime), atMost },
        // What the throughput comes down to where nothing else needs the CPUs.
        { name: 'metrics and access log, CPU time', ...compareRounds(both, pickCpu, pickCpu), atMost },
        { name: 'metrics alone', ...compareRounds(metrics, pickTime, pickTime) },
        { name: 'metrics alone, CPU time', ...compareRounds(metrics, pickCpu, pickCpu) },
      ];
    } finally {
      await model.remove();
    }
  },
};

/** Its log goes to a pipe that is read, as a container's does. */
function startContainer(root: string, variables: Readonly<Record<string, string>>): Promise<BenchServer> {
  const command = '"$0" "$1" serve | cat >/dev/null';
  return startServer(['sh', '-c', command, process.execPath, join(container, 'dist/main.js')], {
    SAGEMAKER_BASE_DIR: root,
    ...variables,
  });
}

interface Cost {
  /** Of 10,000 requests, in milliseconds. */
  readonly timeMs: number;
  /** The same, of all processes of the server, the reader of its log included. */
  readonly cpuMs: number;
}

/** Two processes of the same server may differ by a tenth for as long as they live: each round has its own. */
async function measureFresh(root: string, variables: Readonly<Record<string, string>>): Promise<Cost> {
  const server = await startContainer(root, variables);
  try {
    await runWrk(server.url, warmUp);
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** A figure for requests that failed would be worth nothing. */
async function measure(server: BenchServer): Promise<Cost> {
  const beforeMs = await server.readCpuMs();
  const { requests, requestsPerSecond, failures } = await runWrk(server.url, load);
  const cpuMs = (await server.readCpuMs()) - beforeMs;
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return { timeMs: 1e7 / requestsPerSecond, cpuMs: (1e4 * cpuMs) / requests };
}

function pickTime({ timeMs }: Cost): number {
  return timeMs;
}

function pickCpu({ cpuMs }: Cost): number {
  return cpuMs;
}
