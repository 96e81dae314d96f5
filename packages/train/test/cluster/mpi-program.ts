/** One host of an MPI job: joins the others, runs what the arguments say on all of them, and ends with its code. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCluster } from '../../src/cluster/cluster.ts';
import { createCluster } from '../../src/cluster/create-cluster.ts';
import { createClusterLink } from '../../src/cluster/link/create-cluster-link.ts';
import { type RunProcess, runMpi } from '../../src/mpi/run-mpi.ts';

const [currentHost = '', ...program] = process.argv.slice(2);
const hosts = ['algo-1', 'algo-2', 'algo-3'];
const environment = { ...process.env, SM_CURRENT_HOST: currentHost, QUOTED: "it's $HOME `and` more" };
const { signal } = new AbortController();
const log = { info: () => {}, warn: (message: string) => process.stderr.write(`${message}\n`) };
const directory = await mkdtemp(join(tmpdir(), 'optml-mpi-'));
const link = createClusterLink({ hosts, currentHost, jobName: 'mpi', networkInterface: 'eth0', signal, log });
const facts = describeCluster({ current_host: currentHost, hosts, network_interface_name: 'eth0' });
const paths = { model: join(directory, 'model'), outputData: join(directory, 'output') };
const cluster = await createCluster(facts, { link, paths, signal });

const runProcess: RunProcess = (argv, { signal: stop }) =>
  new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    stop.addEventListener('abort', () => child.kill());
    child.once('close', (exitCode) => resolve({ exitCode }));
  });

try {
  process.exitCode =
    (await runMpi(cluster, {
      processesPerHost: 2,
      program: program as [string, ...string[]],
      customOptions: ['-x', 'FORWARDED'],
      directory,
      environment,
      signal,
      farewell: cluster,
      runProcess,
    })) ?? 1;
} finally {
  await link.leave();
  await rm(directory, { recursive: true });
}
