/** The same rows as JSON and as csv: what it costs a client to send the one in place of the other. */

import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { type Load, runWrk } from '../serving/run-wrk.ts';
import { startContainer } from '../serving/start-container.ts';
import { trainWideModel, writeRows } from '../serving/train-wide-model.ts';

const columns = 100;
const rounds = 3;
const bodies = [
  { name: '1 row', rows: 1, decimals: 2 },
  { name: '100 rows', rows: 100, decimals: 2 },
  { name: '1,000 rows', rows: 1_000, decimals: 2 },
  { name: '1,000 rows of 16 decimals', rows: 1_000, decimals: 16 },
];

export const servingJson: Benchmark = {
  title: '1,000 requests of rows of 100 numbers as JSON (A), and as csv (B), to the reference container',
  async measure() {
    const { root, remove } = await trainWideModel(columns);
    const server = await startContainer(root, { SAGEMAKER_MODEL_SERVER_WORKERS: '1' });
    const measure = async (contentType: string, body: string) => {
      const load: Load = { connections: 4, seconds: 2, contentType, body };
      const { requestsPerSecond, failures } = await runWrk(server.url, load);
      if (failures > 0) throw new Error(`${failures} requests failed`);
      return 1e6 / requestsPerSecond;
    };
    try {
      const figures = [];
      for (const { name, rows, decimals } of bodies) {
        const csv = writeRows(columns, rows, decimals);
        const json = `{"instances":[${csv.trimEnd().replaceAll(/^.*$/gm, '[$&]').replaceAll('\n', ',')}]}`;
        const measured = await measureInTurn(
          () => measure('application/json', json),
          () => measure('text/csv', csv),
          rounds,
        );
        const same = (value: number) => value;
        figures.push({ name, ...compareRounds(measured, same, same), atMost: 1 / 0.85 });
      }
      return figures;
    } finally {
      await server.stop();
      await remove();
    }
  },
};
