/** Many rows in one request: the reference container against nginx, gunicorn, Flask, pandas and scikit-learn. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { installPackages } from '../serving/install-packages.ts';
import { runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container } from '../serving/train-model.ts';
import { trainWideModel, writeRows } from '../serving/train-wide-model.ts';

const run = promisify(execFile);
const python = '/usr/bin/python3';
const peer = fileURLToPath(new URL('../peer/', import.meta.url));
const packages = [
  'nginx-light',
  'gunicorn',
  'python3-gevent',
  'python3-flask',
  'python3-pandas',
  'python3-sklearn',
];
const rounds = 3;
const rows = 1_000;
const columns = 100;

export const servingRows: Benchmark = {
  title: '1,000 x 100 numbers of csv in a request: the reference container (A), and the well-known stack (B)',
  async measure() {
    await installPackages(...packages);
    const { root, file, remove } = await trainWideModel(columns);
    const modelDirectory = join(root, 'model');
    // Both models learn from the same rows, and are of the same kind.
    await run(python, [join(peer, 'train.py'), file, modelDirectory]);
    const body = writeRows(columns, rows);
    const startContainer = () =>
      startServer([process.execPath, join(container, 'dist/main.js'), 'serve'], { SAGEMAKER_BASE_DIR: root });
    const startPeer = () =>
      startServer([python, join(peer, 'serve.py')], { MODEL_DIRECTORY: modelDirectory });
    try {
      const measured = await measureInTurn(
        () => measureRate(startContainer, body),
        () => measureRate(startPeer, body),
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
