/** Ten minutes of mixed load while threads crash: nothing is lost, and the memory stays as it is. */

import type { Benchmark } from '../benchmark.ts';
import { programFile } from '../run-program.ts';
import { sendMixed } from '../serving/send-mixed.ts';
import { startServer } from '../serving/start-server.ts';

const parts = 10;
const partMs = 60_000;

export const servingCrashes: Benchmark = {
  title: 'ten minutes of mixed load over 32 connections, one request in 2,000 ends its thread',
  async measure() {
    const predictor = new URL(`file://${programFile('predict-mixed')}`).href;
    const options = JSON.stringify({ invocationTimeoutMs: 10_000 });
    const server = await startServer([process.execPath, programFile('serve-optml'), predictor, '/', options]);
    const memoryMb: number[] = [];
    try {
      for (let part = 0; part < parts; part += 1) {
        const counts = await sendMixed(server.url, 32, partMs);
        memoryMb.push(await server.readResidentMegabytes());
        process.stdout.write(`  ${JSON.stringify({ ...counts, residentMb: memoryMb.at(-1) })}\n`);
        if (counts.lost > 0) throw new Error(`${counts.lost} requests were lost`);
      }
    } finally {
      await server.stop();
    }
    // The first minutes warm up.
    const [early = 0, late = 0] = [memoryMb[2], memoryMb.at(-1)];
    return [
      {
        name: 'memory after 10 minutes, against after 3',
        unit: 'MB',
        aMs: late,
        bMs: early,
        ratio: late / early,
        atMost: 1.15,
      },
    ];
  },
};
