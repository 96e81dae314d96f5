/** What it costs to be watched: metrics and the access log on, as the reference container has them, over both off. */

import { join } from 'node:path';
import process from 'node:process';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { type Load, type LoadFigures, runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const rounds = 5;
const load: Load = { connections: 64, seconds: 4 };
const off = { OPTML_METRICS: 'false' };

export const servingObservability: Benchmark = {
  title:
    '10,000 single-row csv requests to the reference container, watched (A) and unwatched (B), 64 connections',
  async measure() {
    const model = await trainModel();
    const compare = async (variables: Readonly<Record<string, string>>) => {
      const watched = await startContainer(model.root, variables);
      const unwatched = await startContainer(model.root, off);
      try {
        const measured = await measureInTurn(
          () => runWrk(watched.url, load),
          () => runWrk(unwatched.url, load),
          rounds,
        );
        return compareRounds(measured, measureTenThousand, measureTenThousand);
      } finally {
        await Promise.all([watched.stop(), unwatched.stop()]);
      }
    };
    try {
      return [
        // Under 10 % of the throughput.
        { name: 'metrics and access log', ...(await compare({ OPTML_ACCESS_LOG: 'true' })), atMost: 1 / 0.9 },
        { name: 'metrics alone', ...(await compare({})) },
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

/** A figure for requests that failed would be worth nothing. */
function measureTenThousand({ requestsPerSecond, failures }: LoadFigures): number {
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return 1e7 / requestsPerSecond;
}
