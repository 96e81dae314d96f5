/** Many rows in one request: the reference container against nginx, gunicorn, Flask, pandas and scikit-learn. */

import { join } from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { installPackages } from '../serving/install-packages.ts';
import { flaskPackages, startPeer, trainPeer } from '../serving/python-peer.ts';
import { runWrk } from '../serving/run-wrk.ts';
import { startContainer } from '../serving/start-container.ts';
import type { BenchServer } from '../serving/start-server.ts';
import { trainWideModel, writeRows } from '../serving/train-wide-model.ts';

const rounds = 3;
const rows = 1_000;
const columns = 100;

export const servingRows: Benchmark = {
  title: '1,000 x 100 numbers of csv in a request: the reference container (A), and the well-known stack (B)',
  async measure() {
    await installPackages(...flaskPackages);
    const { root, file, remove } = await trainWideModel(columns);
    const modelDirectory = join(root, 'model');
    // Both models learn from the same rows, and are of the same kind.
    await trainPeer(file, modelDirectory);
    const body = writeRows(columns, rows);
    try {
      const measured = await measureInTurn(
        () => measureRate(() => startContainer(root), body),
        () => measureRate(() => startPeer('serve.py', modelDirectory), body),
        rounds,
      );
      const pick = (requestsPerSecond: number) => 1_000 / requestsPerSecond;
      return [{ name: 'one request, 8 connections', ...compareRounds(measured, pick, pick), atMost: 1 / 3 }];
    } finally {
      await remove();
    }
  },
};

async function measureRate(start: () => Promise<BenchServer>, body: string): Promise<number> {
  const server = await start();
  try {
    const load = { connections: 8, seconds: 4, body };
    await runWrk(server.url, { ...load, seconds: 1 });
    const { requestsPerSecond, failures } = await runWrk(server.url, load);
    if (failures > 0) throw new Error(`${failures} requests failed`);
    return requestsPerSecond;
  } finally {
    await server.stop();
  }
}
