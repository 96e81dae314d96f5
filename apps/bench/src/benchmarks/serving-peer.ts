/** The reference container against two Python stacks with scikit-learn, two workers each. */

import { join } from 'node:path';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { installPackages } from '../serving/install-packages.ts';
import { flaskPackages, startPeer, trainPeer } from '../serving/python-peer.ts';
import { type LoadFigures, runWrk } from '../serving/run-wrk.ts';
import { startBare } from '../serving/start-bare.ts';
import { startContainer } from '../serving/start-container.ts';
import type { BenchServer } from '../serving/start-server.ts';
import { trainModel } from '../serving/train-model.ts';

const rounds = 3;

interface Measured extends LoadFigures {
  readonly startMs: number;
  readonly cpuMs: number;
  readonly residentMb: number;
}

/** A program of `peer/`, and the Debian packages that it needs. */
interface Peer {
  readonly name: string;
  readonly program: string;
  readonly packages: readonly string[];
  /** How much of the peer's figures is aimed at; without it nothing is. */
  readonly goals?: Goals;
}

interface Goals {
  readonly time: number;
  readonly latency: number;
  readonly start: number;
  readonly memory: number;
}

/** The stack of SageMaker's own example. */
export const servingPeer = compareWith({
  name: 'nginx + gunicorn + gevent + Flask + pandas + scikit-learn',
  program: 'serve.py',
  packages: flaskPackages,
  goals: { time: 1 / 40, latency: 0.1, start: 1 / 3, memory: 0.5 },
});

/** What a Python author would write today. */
export const servingFastapi = compareWith({
  name: 'uvicorn + FastAPI + scikit-learn',
  program: 'serve_fastapi.py',
  packages: [
    'python3-uvicorn',
    'python3-uvloop',
    'python3-httptools',
    'python3-fastapi',
    'python3-pandas',
    'python3-sklearn',
  ],
});

function compareWith({ name, program, packages, goals }: Peer): Benchmark {
  return {
    title: `the reference model with a thread per CPU and inline (A), and ${name} (B)`,
    async measure() {
      await installPackages(...packages);
      const { root, remove } = await trainModel();
      const modelDirectory = join(root, 'model');
      await trainPeer(join(root, 'input/data/training/iris.csv'), modelDirectory);
      const b = () => startPeer(program, modelDirectory);
      try {
        const threads = await compareServers('threads', { a: () => startContainer(root), b, goals });
        const alone = await compareServers('inline', {
          a: () => startContainer(root, { OPTML_ISOLATION: 'inline' }),
          b,
          goals,
        });
        // What a server on node:http can hardly go below, on this machine and this kernel.
        const bare = await compareServers('bare node:http', { a: () => startBare(root), b });
        return [...threads, ...alone, ...bare];
      } finally {
        await remove();
      }
    },
  };
}

type Start = () => Promise<BenchServer>;

async function compareServers(
  name: string,
  { a, b, goals }: { readonly a: Start; readonly b: Start; readonly goals?: Goals | undefined },
): Promise<readonly Figure[]> {
  const measured = await measureInTurn(
    () => measure(a),
    () => measure(b),
    rounds,
  );
  const compare = (pick: (figures: Measured) => number) => compareRounds(measured, pick, pick);
  return [
    {
      name: `${name}: 1,000 requests, 64 connections`,
      ...compare((figures) => 1e6 / figures.requestsPerSecond),
      ...aim(goals?.time),
    },
    {
      // What the throughput comes down to where nothing else needs the CPUs.
      name: `${name}: CPU time for 1,000 requests`,
      ...compare(({ cpuMs, requests }) => (1e3 * cpuMs) / requests),
    },
    { name: `${name}: 99th percentile of latency`, ...compare(({ p99Ms }) => p99Ms), ...aim(goals?.latency) },
    {
      name: `${name}: start to the first 200 of /ping`,
      ...compare(({ startMs }) => startMs),
      ...aim(goals?.start),
    },
    {
      name: `${name}: memory under load`,
      ...compare(({ residentMb }) => residentMb),
      unit: 'MB',
      ...aim(goals?.memory),
    },
  ];
}

function aim(atMost: number | undefined): Pick<Figure, 'atMost'> {
  return atMost === undefined ? {} : { atMost };
}

async function measure(start: Start): Promise<Measured> {
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
