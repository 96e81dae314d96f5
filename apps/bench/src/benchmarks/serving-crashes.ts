/** Minutes of mixed load while workers crash: nothing is lost, and the memory stays as it is. */

import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, Figure } from '../benchmark.ts';
import { programFile } from '../run-program.ts';
import { type MixedCounts, sendMixed } from '../serving/send-mixed.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';

/** `BENCH_MINUTES=1` is enough to see whether it works; what the memory does needs the ten. */
const parts = Number(process.env.BENCH_MINUTES ?? 10);
const partMs = 60_000;
const sampleMs = 2_000;
/** The first minutes warm up. */
const warmUpParts = 2;

export const servingCrashes: Benchmark = {
  title: 'ten minutes of mixed load over 32 connections, one request in 2,000 ends its thread',
  measure: () => sendWhileCrashing('predict-mixed', '/', {}, ({ lost }) => lost),
};

export const servingNativeCrashes: Benchmark = {
  title: 'the same with a model of onnxruntime-node in processes, and segfaults and aborts among the ends',
  async measure() {
    const folder = new URL('../../../packages/serve/test/native/', import.meta.url);
    await promisify(execFile)(fileURLToPath(new URL('install-native.sh', folder)));
    const modelDirectory = fileURLToPath(new URL('../../../../.optml/native', folder));
    // A run holds its worker's thread: no other request is begun beside it, so none is lost with it.
    const countLost = ({ lost, failedBesideCrash }: MixedCounts) => lost + failedBesideCrash;
    return await sendWhileCrashing('predict-native', modelDirectory, { isolation: 'process' }, countLost);
  },
};

async function sendWhileCrashing(
  program: string,
  modelDirectory: string,
  options: object,
  countLost: (counts: MixedCounts) => number,
): Promise<readonly Figure[]> {
  const predictor = new URL(`file://${programFile(program)}`).href;
  const words = [predictor, modelDirectory, JSON.stringify({ limits: { invocationMs: 10_000 }, ...options })];
  const server = await startServer([process.execPath, programFile('serve-optml'), ...words]);
  const memoryMb: number[] = [];
  try {
    for (let part = 0; part < parts; part += 1) {
      const [counts, residentMb] = await Promise.all([
        sendMixed(server.url, 32, partMs),
        averageMemory(server, partMs),
      ]);
      memoryMb.push(residentMb);
      process.stdout.write(`  ${JSON.stringify({ ...counts, residentMb })}\n`);
      if (countLost(counts) > 0) throw new Error(`${countLost(counts)} requests were lost`);
    }
  } finally {
    await server.stop();
  }
  return compareMemory(memoryMb);
}

function compareMemory(memoryMb: readonly number[]): readonly Figure[] {
  const half = Math.floor((memoryMb.length - warmUpParts) / 2);
  if (half < 1) return [];
  const [early, late] = [average(memoryMb.slice(-2 * half, -half)), average(memoryMb.slice(-half))];
  const name = `memory in the last ${half} minutes, against the ${half} before`;
  return [{ name, unit: 'MB', aMs: late, bMs: early, ratio: late / early, atMost: 1.15 }];
}

/** What V8 has not collected yet goes up and down by half: one look would say little. */
async function averageMemory(server: BenchServer, durationMs: number): Promise<number> {
  const samples: number[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    await wait(sampleMs);
    samples.push(await server.readResidentMegabytes());
  }
  return average(samples);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
