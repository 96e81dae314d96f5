/** What it costs to be `@optml/serve` instead of a bare `node:http` server, for a model of microseconds and for one of 5 ms. */

import { join } from 'node:path';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { measurePings } from '../serving/measure-pings.ts';
import { type Load, type LoadFigures, runWrk } from '../serving/run-wrk.ts';
import { startBare } from '../serving/start-bare.ts';
import { startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const rounds = 5;
const load: Load = { connections: 64, seconds: 4 };
const tree = new URL('dist/predictor.js', `file://${container}`).href;
const busy = new URL(`file://${programFile('predict-busy')}`).href;

export const servingThreads: Benchmark = {
  title:
    '10,000 single-row csv requests by @optml/serve (A) and by a bare node:http server (B), 64 connections',
  async measure() {
    const model = await trainModel();
    try {
      const compare = (options: object, predictor = tree, busyMs = 0) =>
        compareServers(model.root, predictor, JSON.stringify(options), busyMs);
      return [
        { name: 'inline', ...(await compare({ isolation: 'inline' })), atMost: 1 / 0.85 },
        { name: 'one worker thread', ...(await compare({ workers: { count: 1 } })), atMost: 1 / 0.45 },
        { name: 'a worker thread per CPU', ...(await compare({})), atMost: 1 / 0.45 },
        {
          name: '5 ms of CPU, one worker',
          ...(await compare({ workers: { count: 1 } }, busy, 5)),
          atMost: 1 / 0.9,
        },
        await comparePings(model.root),
      ];
    } finally {
      await model.remove();
    }
  },
};

async function compareServers(root: string, predictor: string, options: string, busyMs: number) {
  const optml = await startServer([
    process.execPath,
    programFile('serve-optml'),
    predictor,
    join(root, 'model'),
    options,
  ]);
  const bare = await startBare(root, busyMs);
  try {
    const measured = await measureInTurn(
      () => runWrk(optml.url, load),
      () => runWrk(bare.url, load),
      rounds,
    );
    return compareRounds(measured, measureTenThousand, measureTenThousand);
  } finally {
    await Promise.all([optml.stop(), bare.stop()]);
  }
}

/** A figure for requests that failed would be worth nothing. */
function measureTenThousand({ requestsPerSecond, failures }: LoadFigures): number {
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return 1e7 / requestsPerSecond;
}

/** Against 50 ms. */
async function comparePings(root: string): Promise<Figure> {
  const { url, stop } = await startServer([
    process.execPath,
    programFile('serve-optml'),
    busy,
    join(root, 'model'),
    '{}',
  ]);
  try {
    const [p99Ms] = await Promise.all([
      measurePings(url, 3_000),
      runWrk(url, { connections: 64, seconds: 4 }),
    ]);
    return {
      name: '99th percentile of /ping, all workers busy',
      aMs: p99Ms,
      bMs: 50,
      ratio: p99Ms / 50,
      atMost: 1,
    };
  } finally {
    await stop();
  }
}
