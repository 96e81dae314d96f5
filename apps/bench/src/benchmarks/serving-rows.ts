/** Many rows in one request: the reference container against nginx, gunicorn, Flask, pandas and scikit-learn. */

import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark } from '../benchmark.ts';
import { makeJobTree } from '../make-job-tree.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { runProgram } from '../run-program.ts';
import { installPackages } from '../serving/install-packages.ts';
import { runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container } from '../serving/train-model.ts';

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
    const root = await trainWideModel();
    const modelDirectory = join(root, 'model');
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
      await rm(root, { recursive: true });
    }
  },
};

/** Both models learn from the same rows, and are of the same kind. */
async function trainWideModel(): Promise<string> {
  const root = await makeJobTree();
  const folder = join(root, 'input/data/training');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'rows.csv');
  const labels = ['setosa', 'versicolor', 'virginica'];
  const lines = writeRows(columns, 300).trimEnd().split('\n');
  await writeFile(file, lines.map((line, index) => `${labels[index % 3]},${line}\n`).join(''));
  const channels = { training: { TrainingInputMode: 'File', ContentType: 'text/csv' } };
  await writeFile(join(root, 'input/config/inputdataconfig.json'), JSON.stringify(channels));
  await runProgram([join(container, 'dist/main.js'), 'train'], { SAGEMAKER_BASE_DIR: root });
  await run(python, [join(peer, 'train.py'), file, join(root, 'model')]);
  return root;
}

/** The same numbers each time, of two decimals. */
function writeRows(width: number, count: number): string {
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 8) / 2 ** 24).toFixed(2);
  };
  return Array.from({ length: count }, () => `${Array.from({ length: width }, draw).join(',')}\n`).join('');
}

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
