/** Ten minutes of mixed load while threads crash: nothing is lost, and the memory stays as it is. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { programFile } from '../run-program.ts';
import { sendMixed } from '../serving/send-mixed.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';

const parts = 10;
const partMs = 60_000;
const sampleMs = 2_000;

export const servingCrashes: Benchmark = {
  title: 'ten minutes of mixed load over 32 connections, one request in 2,000 ends its thread',
  async measure() {
    const predictor = new URL(`file://${programFile('predict-mixed')}`).href;
    const options = JSON.stringify({ invocationTimeoutMs: 10_000 });
    const server = await startServer([process.execPath, programFile('serve-optml'), predictor, '/', options]);
    const memoryMb: number[] = [];
    try {
      for (let part = 0; part < parts; part += 1) {
        const [counts, residentMb] = await Promise.all([
          sendMixed(server.url, 32, partMs),
          averageMemory(server, partMs),
        ]);
        memoryMb.push(residentMb);
        process.stdout.write(`  ${JSON.stringify({ ...counts, residentMb })}\n`);
        if (counts.lost > 0) throw new Error(`${counts.lost} requests were lost`);
      }
    } finally {
      await server.stop();
    }
    // The first minutes warm up.
    const [early, late] = [average(memoryMb.slice(2, 6)), average(memoryMb.slice(6))];
    return [
      {
        name: 'memory in the last 4 minutes, against the 4 before',
        unit: 'MB',
        aMs: late,
        bMs: early,
        ratio: late / early,
        atMost: 1.15,
      },
    ];
  },
};

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
