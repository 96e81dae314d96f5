/** The reference container against nginx, gunicorn, Flask, pandas and scikit-learn, two workers each. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { installPackages } from '../serving/install-packages.ts';
import { type LoadFigures, runWrk } from '../serving/run-wrk.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const run = promisify(execFile);
/** Debian's own, which has Debian's packages. */
const python = '/usr/bin/python3';
const rounds = 3;
const tree = new URL('dist/predictor.js', `file://${container}`).href;
const inline = JSON.stringify({ isolation: 'inline' });
const peer = fileURLToPath(new URL('../peer/', import.meta.url));
const packages = [
  'nginx-light',
  'gunicorn',
  'python3-gevent',
  'python3-flask',
  'python3-pandas',
  'python3-sklearn',
];

interface Measured extends LoadFigures {
  readonly startMs: number;
  readonly cpuMs: number;
  readonly residentMb: number;
}

export const servingPeer: Benchmark = {
  title:
    'the reference model with a thread per CPU and inline (A), and nginx + gunicorn + gevent + Flask + pandas + scikit-learn (B)',
  async measure() {
    await installPackages(...packages);
    const { root, remove } = await trainModel();
    const modelDirectory = join(root, 'model');
    await run(python, [join(peer, 'train.py'), join(root, 'input/data/training/iris.csv'), modelDirectory]);
    const startPeer = () =>
      startServer([python, join(peer, 'serve.py')], { MODEL_DIRECTORY: modelDirectory });
    const startContainer = () =>
      startServer([process.execPath, join(container, 'dist/main.js'), 'serve'], { SAGEMAKER_BASE_DIR: root });
    const startInline = () =>
      startServer([process.execPath, programFile('serve-optml'), tree, modelDirectory, inline]);
    try {
      const threads = await compareServers('threads', startContainer, startPeer);
      return [...threads, ...(await compareServers('inline', startInline, startPeer))];
    } finally {
      await remove();
    }
  },
};

async function compareServers(
  name: string,
  startA: () => Promise<BenchServer>,
  startB: () => Promise<BenchServer>,
): Promise<readonly Figure[]> {
  const measured = await measureInTurn(
    () => measure(startA),
    () => measure(startB),
    rounds,
  );
  const compare = (pick: (figures: Measured) => number) => compareRounds(measured, pick, pick);
  return [
    {
      name: `${name}: 1,000 requests, 64 connections`,
      ...compare((figures) => 1e6 / figures.requestsPerSecond),
      atMost: 1 / 40,
    },
    {
      // What the throughput comes down to where nothing else needs the CPUs.
      name: `${name}: CPU time for 1,000 requests`,
      ...compare(({ cpuMs, requests }) => (1e3 * cpuMs) / requests),
    },
    { name: `${name}: 99th percentile of latency`, ...compare(({ p99Ms }) => p99Ms), atMost: 0.1 },
    { name: `${name}: start to the first 200 of /ping`, ...compare(({ startMs }) => startMs), atMost: 1 / 3 },
    {
      name: `${name}: memory under load`,
      ...compare(({ residentMb }) => residentMb),
      unit: 'MB',
      atMost: 0.5,
    },
  ];
}

async function measure(start: () => Promise<BenchServer>): Promise<Measured> {
  const server = await start();
  try {
    const load = { connections: 64, seconds: 4 };
    await runWrk(server.url, { ...load, seconds: 1 });
    const beforeMs = await server.readCpuMs();
    const figures = await runWrk(server.url, load);
    const cpuMs = (await server.readCpuMs()) - beforeMs;
    const residentMb = await server.readResidentMegabytes();
    return { ...figures, cpuMs, startMs: server.startMs, residentMb };
  } finally {
    await server.stop();
  }
}
