/** What batching gives a model whose batch of 32 costs three single predictions, and what it takes at low load. */

import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { runWrk } from '../serving/run-wrk.ts';
import { startServer } from '../serving/start-server.ts';

const rounds = 5;

export const servingBatching: Benchmark = {
  title: 'a model with predictBatch (A), and one of the same cost without (B)',
  async measure() {
    const start = (name: string) => {
      const predictor = new URL(`file://${programFile(name)}`).href;
      return startServer([process.execPath, programFile('serve-optml'), predictor, '/', '{}']);
    };
    const batched = await start('predict-batch');
    const single = await start('predict-busy');
    const measure = (connections: number) =>
      measureInTurn(
        () => runWrk(batched.url, { connections, seconds: 4 }),
        () => runWrk(single.url, { connections, seconds: 4 }),
        rounds,
      );
    try {
      const thousand = ({ requestsPerSecond }: { readonly requestsPerSecond: number }) =>
        1e6 / requestsPerSecond;
      const median = ({ p50Ms }: { readonly p50Ms: number }) => p50Ms;
      return [
        {
          name: '1,000 requests, 64 clients',
          ...compareRounds(await measure(64), thousand, thousand),
          atMost: 1 / 6,
        },
        { name: 'median latency, 1 client', ...compareRounds(await measure(1), median, median), atMost: 1.1 },
      ];
    } finally {
      await Promise.all([batched.stop(), single.stop()]);
    }
  },
};
