/** Stories of jobs on three hosts: three containers' processes, which are hosts by their loopback addresses. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { findPort } from './find-port.ts';
import { type JobTree, type JobTreeOptions, makeJobTree } from './job-tree.ts';

const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

interface Host {
  readonly tree: JobTree;
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: () => string;
  readonly ended: Promise<number>;
}

const running: Host[] = [];

afterEach(async () => {
  for (const host of running) host.process.kill('SIGKILL');
  for (const host of running.splice(0)) {
    await host.ended;
    await rm(host.tree.root, { recursive: true });
  }
});

async function startHost(
  currentHost: string,
  port: number,
  options: JobTreeOptions,
  program = './agrees.ts',
): Promise<Host> {
  const tree = await makeJobTree(options);
  await writeFile(
    join(tree.root, 'input/config/resourceconfig.json'),
    JSON.stringify({ current_host: currentHost, hosts, network_interface_name: 'none', topology: null }),
  );
  const supervisor = fileURLToPath(new URL('./fixtures/supervisor.mjs', import.meta.url));
  const child = spawn(process.execPath, [supervisor, program], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SAGEMAKER_BASE_DIR: tree.root,
      TRAINING_JOB_NAME: 'story',
      OPTML_CLUSTER_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([exitCode]) => exitCode as number);
  const host = { tree, process: child, output: () => output, ended };
  running.push(host);
  return host;
}

async function startAll(
  options: JobTreeOptions = {},
  program?: string,
): Promise<readonly [Host, Host, Host]> {
  const port = await findPort();
  const [first, second, third] = await Promise.all(
    hosts.map((host) => startHost(host, port, options, program)),
  );
  return [first as Host, second as Host, third as Host];
}

async function waitForOutput(host: Host, text: string): Promise<void> {
  while (!host.output().includes(text)) await once(host.process.stdout, 'data');
}

describe('a job on three hosts', { timeout: 60_000 }, () => {
  test('meets, agrees on values, and ends well on all of them', async () => {
    const all = await startAll();

    expect(await Promise.all(all.map((host) => host.ended))).toEqual([0, 0, 0]);
    const seen = await Promise.all(all.map((host) => host.tree.model('seen.json')));
    expect(seen.map((text) => JSON.parse(text))).toEqual(
      [0, 1, 2].map((rank) => ({ word: 'from 127.0.0.1', sum: 42, rank })),
    );
  });

  test('fails on all of them with the cause when one fails', async () => {
    const all = await startAll({ hyperparameters: { failing_host: hosts[1] } });

    const exitCodes = await Promise.all(all.map((host) => host.ended));

    const reasons = await Promise.all(all.map((host) => host.tree.failure()));
    expect(exitCodes).toEqual([1, 1, 1]);
    expect(reasons[1]).toMatch(/^AlgorithmError: the data of this host is broken/);
    for (const reason of [reasons[0], reasons[2]]) {
      expect(reason).toMatch(/^AlgorithmError: host 127\.0\.0\.2 failed: /);
      expect(reason).toContain('host 127.0.0.2 failed: ');
      expect(reason).toContain('the data of this host is broken');
    }
  });

  test('fails on the others when one is killed without a word', async () => {
    const all = await startAll({ hyperparameters: { waiting: 'true' } });
    await Promise.all(all.map((host) => waitForOutput(host, 'all hosts are here')));

    all[2].process.kill('SIGKILL');
    const exitCodes = await Promise.all([all[0].ended, all[1].ended]);

    expect(exitCodes).toEqual([1, 1]);
    for (const host of [all[0], all[1]]) {
      expect(await host.tree.failure()).toMatch(/^PlatformError: host 127\.0\.0\.3 disappeared/);
    }
  });

  test('is stopped on all of them and ends with 0', async () => {
    const all = await startAll({ hyperparameters: { waiting: 'true' } });
    await Promise.all(all.map((host) => waitForOutput(host, 'all hosts are here')));

    for (const host of all) host.process.kill('SIGTERM');

    expect(await Promise.all(all.map((host) => host.ended))).toEqual([0, 0, 0]);
  });

  test('gives Python programs the variables of torchrun, for every process of every host', async () => {
    const all = await startAll({
      hyperparameters: { sagemaker_program: '"train.py"', sagemaker_mpi_num_of_processes_per_host: '2' },
      code: {
        'train.py':
          'import os\nprint("rank", *[os.environ[n] for n in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "NODE_RANK", "MASTER_ADDR")])',
      },
    });

    expect(await Promise.all(all.map((host) => host.ended))).toEqual([0, 0, 0]);
    const lines = all.flatMap((host) => host.output().match(/^rank .*$/gm) ?? []);
    expect(lines.sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((rank) => `rank ${rank} ${rank % 2} 6 ${Math.floor(rank / 2)} 127.0.0.1`),
    );
  });
});

test('when one of several processes of a host fails, the others are stopped and the job fails with its cause', async () => {
  const tree = await makeJobTree({
    hyperparameters: { sagemaker_program: '"train.py"', sagemaker_mpi_num_of_processes_per_host: '3' },
    code: {
      'train.py':
        'import os, sys, time\nif os.environ["LOCAL_RANK"] == "1": sys.exit("rank one is broken")\ntime.sleep(600)',
    },
  });
  const supervisor = fileURLToPath(new URL('./fixtures/supervisor.mjs', import.meta.url));
  const child = spawn(process.execPath, [supervisor, './agrees.ts'], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SAGEMAKER_BASE_DIR: tree.root,
    },
    stdio: 'ignore',
  });

  const [exitCode] = await once(child, 'close');

  const failure = await tree.failure();
  await rm(tree.root, { recursive: true });
  expect(exitCode).toBe(1);
  expect(failure).toContain('rank one is broken');
});
