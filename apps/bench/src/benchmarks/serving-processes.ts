/** What it costs to run a worker in a process rather than in a thread, for a model of microseconds and for one of 5 ms. */

import { join } from 'node:path';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { type Load, runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const rounds = 5;
const load: Load = { connections: 64, seconds: 4 };
const tree = new URL('dist/predictor.js', `file://${container}`).href;
const busy = new URL(`file://${programFile('predict-busy')}`).href;

export const servingProcesses: Benchmark = {
  title: '10,000 single-row csv requests with workers in processes (A) and in threads (B), 64 connections',
  async measure() {
    const model = await trainModel();
    const directory = join(model.root, 'model');
    try {
      return [
        ...(await compareServers('the cheapest model, one worker', tree, directory, 1)),
        ...(await compareServers('the cheapest model, two workers', tree, directory, 2)),
        ...(await compareServers('5 ms of CPU, one worker', busy, directory, 1, 1.05)),
      ];
    } finally {
      await model.remove();
    }
  },
};

/** For 10,000 requests. */
interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function compareServers(
  name: string,
  predictor: string,
  directory: string,
  workers: number,
  atMost?: number,
): Promise<readonly Figure[]> {
  const start = (isolation: string) => {
    const options = JSON.stringify({ isolation, workers: { count: workers } });
    return startServer([process.execPath, programFile('serve-optml'), predictor, directory, options]);
  };
  const [processes, threads] = await Promise.all([start('process'), start('worker')]);
  const measure = async (server: BenchServer) => {
    const beforeMs = await server.readCpuMs();
    const { requests, requestsPerSecond, failures } = await runWrk(server.url, load);
    // A figure for requests that failed would be worth nothing.
    if (failures > 0) throw new Error(`${failures} requests failed`);
    const cpuMs = await server.readCpuMs();
    return { wallMs: 1e7 / requestsPerSecond, cpuMs: ((cpuMs - beforeMs) / requests) * 1e4 };
  };
  try {
    const measured = await measureInTurn(
      () => measure(processes),
      () => measure(threads),
      rounds,
    );
    const readWall = ({ wallMs }: Measured) => wallMs;
    const readCpu = ({ cpuMs }: Measured) => cpuMs;
    const limit = atMost === undefined ? {} : { atMost };
    const [aMs, bMs] = [await processes.readResidentMegabytes(), await threads.readResidentMegabytes()];
    return [
      { name, ...compareRounds(measured, readWall, readWall), ...limit },
      // Other work on the machine does not add to it.
      { name: `${name}, CPU time`, ...compareRounds(measured, readCpu, readCpu) },
      { name: `${name}, memory afterwards`, unit: 'MB', aMs, bMs, ratio: aMs / bMs },
    ];
  } finally {
    await Promise.all([processes.stop(), threads.stop()]);
  }
}
