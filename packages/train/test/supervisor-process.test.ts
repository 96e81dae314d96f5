/** Stories of the supervisor as the process that SageMaker starts: real signals from outside. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, watch } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TrainingOptions } from '@optml/train';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JobTree, makeJobTree } from './job-tree.ts';

let tree: JobTree;
let supervisor: ChildProcessByStdio<null, Readable, null>;

beforeEach(async () => {
  tree = await makeJobTree();
});

afterEach(async () => {
  supervisor.kill('SIGKILL');
  await rm(tree.root, { recursive: true });
});

/** Starts a container's process and gives its output as it grows. */
function start(
  definition: string,
  variables: Readonly<Record<string, string>> = {},
  options: Partial<TrainingOptions> = {},
): () => string {
  const program = fileURLToPath(new URL('./fixtures/supervisor.mjs', import.meta.url));
  supervisor = spawn(process.execPath, [program, definition, JSON.stringify(options)], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SAGEMAKER_BASE_DIR: tree.root,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  supervisor.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return () => output;
}

async function waitForOutput(output: () => string, text: string): Promise<void> {
  while (!output().includes(text)) await once(supervisor.stdout, 'data');
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s from outside stops the job, which saves and exits 0',
  async (signal) => {
    await waitForOutput(start('./waits-for-stop.ts'), 'waiting for a stop');

    supervisor.kill(signal);
    const [exitCode] = await once(supervisor, 'exit');

    expect(exitCode).toBe(0);
    expect(await tree.model('stopped.txt')).toBe('saved in time');
  },
);

test('a job that is asked to stop has 105 of the 120 seconds that the platform gives', async () => {
  await waitForOutput(start('./registers-on-stop.ts'), 'training goes on');

  supervisor.kill('SIGTERM');
  const [exitCode] = await once(supervisor, 'exit');

  expect(exitCode).toBe(0);
  const { leftMs } = JSON.parse(await tree.model('stopped.json'));
  expect(leftMs).toBeLessThanOrEqual(105_000);
  expect(leftMs).toBeGreaterThan(60_000);
});

test('a stop signal that meets a process after its run has ended well is not a failure', async () => {
  await waitForOutput(start('./dies-of-late-stop.ts'), 'waiting for a stop');

  supervisor.kill('SIGTERM');
  const [exitCode] = await once(supervisor, 'exit');

  expect(exitCode).toBe(0);
  expect(await tree.model('stopped.txt')).toBe('saved in time');
});

test('the training process stops by itself when its supervisor is killed', async () => {
  await waitForOutput(start('./waits-for-stop.ts'), 'waiting for a stop');
  const written = waitForFile(join(tree.root, 'model'), 'stopped.txt');

  supervisor.kill('SIGKILL');
  await written;

  expect(await tree.model('stopped.txt')).toBe('saved in time');
});

test('a job whose timers are still open after run has returned is ended after a while', async () => {
  const output = start('./leaves-open.ts', { OPTML_LOG_FORMAT: 'json' }, { lingerMs: 500 });

  const [exitCode] = await once(supervisor, 'close');

  expect(exitCode).toBe(0);
  expect(JSON.parse(output().trimEnd().split('\n').at(-1) as string)).toEqual({
    level: 'warn',
    message: 'training ended 0.5 s ago, but these are still open: Timeout; ending the process',
  });
});

async function waitForFile(folder: string, name: string): Promise<void> {
  for await (const { filename } of watch(folder)) if (filename === name) return;
}
