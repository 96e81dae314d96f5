/** Whole jobs on three hosts that are network namespaces: the container's process, its tree, and the others. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type JobTree, type JobTreeOptions, makeJobTree } from '../job-tree.ts';

const hosts = ['algo-1', 'algo-2', 'algo-3'];
const supervisor = fileURLToPath(new URL('../fixtures/supervisor.mjs', import.meta.url));
const trees: JobTree[] = [];

afterEach(async () => {
  for (const { root } of trees.splice(0)) await rm(root, { recursive: true });
});

/** A name and shared memory of its own, without which Open MPI takes all hosts for one. */
const alone = 'hostname "machine-of-$0" && mount -t tmpfs tmpfs /dev/shm && exec "$@"';

interface Run {
  readonly jobHosts?: readonly string[] | undefined;
  readonly onOutput?: ((output: string) => void) | undefined;
  /** Aborting it asks the job on this host to stop. */
  readonly stop?: AbortSignal | undefined;
}

async function runOn(host: string, options: JobTreeOptions, { jobHosts = hosts, onOutput, stop }: Run = {}) {
  const tree = await makeJobTree(options);
  trees.push(tree);
  const config = { current_host: host, hosts: jobHosts, network_interface_name: 'eth0', topology: null };
  await writeFile(join(tree.root, 'input/config/resourceconfig.json'), JSON.stringify(config));
  const enter = [
    'netns',
    'exec',
    `optml-${host}`,
    'unshare',
    '--uts',
    '--mount',
    '/bin/sh',
    '-c',
    alone,
    host,
  ];
  const child = spawn('ip', [...enter, process.execPath, supervisor, './agrees.ts'], {
    env: { ...process.env, SAGEMAKER_BASE_DIR: tree.root, TRAINING_JOB_NAME: 'story' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  stop?.addEventListener('abort', () => child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      onOutput?.(output);
    });
  }
  const [exitCode] = await once(child, 'close');
  return { tree, exitCode, output };
}

const runEverywhere = (options: JobTreeOptions) => Promise.all(hosts.map((host) => runOn(host, options)));

test('a definition meets the other hosts by their names', { timeout: 60_000 }, async () => {
  const results = await runEverywhere({});

  expect(
    results.map(({ exitCode }) => exitCode),
    results[0]?.output,
  ).toEqual([0, 0, 0]);
  expect(JSON.parse((await results[2]?.tree.model('seen.json')) ?? '')).toEqual({
    word: 'from algo-1',
    sum: 42,
    rank: 2,
  });
});

test('a program that asks for MPI is started on all hosts by the leader', { timeout: 60_000 }, async () => {
  const results = await runEverywhere({
    hyperparameters: {
      sagemaker_program: '"train.sh"',
      sagemaker_mpi_enabled: 'true',
      sagemaker_mpi_num_of_processes_per_host: '2',
    },
    code: { 'train.sh': 'echo "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE on $SM_CURRENT_HOST;"' },
  });

  expect(
    results.map(({ exitCode }) => exitCode),
    results[0]?.output,
  ).toEqual([0, 0, 0]);
  const ranks = results[0]?.output.match(/rank \d of 6 on algo-\d/g) ?? [];
  expect(ranks.sort()).toEqual([1, 1, 2, 2, 3, 3].map((host, rank) => `rank ${rank} of 6 on algo-${host}`));
});

test('mpirun gets the options of the job, and no shell reads them', { timeout: 60_000 }, async () => {
  const results = await runEverywhere({
    hyperparameters: {
      sagemaker_program: '"train.sh"',
      sagemaker_mpi_enabled: 'true',
      sagemaker_mpi_num_of_processes_per_host: '2',
      sagemaker_mpi_num_processes: '5',
      sagemaker_mpi_custom_mpi_options: JSON.stringify(
        `-x "GREETING=it's $HOME; \`id\`" -mca btl_tcp_if_include eth0 --map-by node`,
      ),
    },
    code: {
      'train.sh':
        'echo "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE on $SM_CURRENT_HOST, $GREETING;"',
    },
  });

  expect(
    results.map(({ exitCode }) => exitCode),
    results[0]?.output,
  ).toEqual([0, 0, 0]);
  const ranks = results[0]?.output.match(/rank \d of 5 on algo-\d, it's \$HOME; `id`;/g) ?? [];
  expect(ranks.sort()).toEqual(
    [1, 2, 3, 1, 2].map((host, rank) => `rank ${rank} of 5 on algo-${host}, it's $HOME; \`id\`;`),
  );
});

test.each([
  ['--no-such-option', 'UserError: mpirun refused its options: unknown option "--no-such-option"'],
  ['-x GREETING hello', 'UserError: mpirun took "hello" for the program'],
  ['-np 9', 'UserError: mpirun refused its options: There are not enough slots available in the system'],
])('the options %s, which mpirun refuses, are the reason', { timeout: 60_000 }, async (options, reason) => {
  const results = await runEverywhere({
    hyperparameters: {
      sagemaker_program: '"train.sh"',
      sagemaker_mpi_enabled: 'true',
      sagemaker_mpi_custom_mpi_options: options,
    },
    code: { 'train.sh': 'echo ran' },
  });

  expect(results.every(({ exitCode }) => exitCode !== 0)).toBe(true);
  expect(await results[0]?.tree.failure()).toContain(reason);
});

test('a rank that fails under MPI fails the job on every host', { timeout: 60_000 }, async () => {
  const results = await runEverywhere({
    hyperparameters: { sagemaker_program: '"train.sh"', sagemaker_mpi_enabled: 'true' },
    code: { 'train.sh': '[ "$OMPI_COMM_WORLD_RANK" != 2 ] || { echo "no data here" >&2; exit 3; }' },
  });

  expect(
    results.map(({ exitCode }) => exitCode),
    results[0]?.output,
  ).toEqual([3, 3, 3]);
  expect(await results[0]?.tree.failure()).toContain('no data here');
});

test.each([
  { jobHosts: hosts, handled: 'a stop is told to every rank, which may take longer than mpirun would wait' },
  { jobHosts: ['algo-1'], handled: 'the same on a host alone' },
])('$handled', { timeout: 60_000 }, async ({ jobHosts }) => {
  const stop = new AbortController();
  const program = `trap 'sleep 3; echo yes > "$SM_MODEL_DIR/saved-$OMPI_COMM_WORLD_RANK"; exit 0' TERM
    echo 'ready;'
    while :; do sleep 0.1; done`;
  const options = {
    hyperparameters: {
      sagemaker_program: '"train.sh"',
      sagemaker_mpi_enabled: 'true',
      sagemaker_mpi_num_of_processes_per_host: '2',
    },
    code: { 'train.sh': program },
  };
  const onOutput = (output: string) => {
    if (output.match(/ready;/g)?.length === 2 * jobHosts.length) stop.abort();
  };

  const results = await Promise.all(
    jobHosts.map((host) => runOn(host, options, { jobHosts, onOutput, stop: stop.signal })),
  );

  expect(
    results.map(({ exitCode }) => exitCode),
    results.map(({ output }) => output).join(''),
  ).toEqual(jobHosts.map(() => 0));
  for (const [index, { tree }] of results.entries()) {
    const saved = [2 * index, 2 * index + 1].map((rank) => tree.model(`saved-${rank}`));
    expect(await Promise.all(saved)).toEqual(['yes\n', 'yes\n']);
  }
});

test('a program starts when the name of its peer resolves, not before', { timeout: 60_000 }, async () => {
  let isKnown = false;
  const { exitCode, output } = await runOn(
    'algo-1',
    {
      hyperparameters: { sagemaker_program: '"train.sh"' },
      code: { 'train.sh': 'getent hosts peer-of-algo-1' },
    },
    {
      jobHosts: ['algo-1', 'peer-of-algo-1'],
      onOutput(text) {
        if (isKnown || !text.includes('for other hosts: peer-of-algo-1: its name does not resolve')) return;
        isKnown = true;
        appendFileSync('/etc/netns/optml-algo-1/hosts', '10.77.78.2 peer-of-algo-1\n');
      },
    },
  );

  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/^10\.77\.78\.2 +peer-of-algo-1$/m);
  expect(output).not.toContain('were not found');
});
