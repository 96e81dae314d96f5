/** Runs bundles as a container does. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';

/** Moves a bundle to where nothing of its project can be found. */
export async function moveBundle(bundle: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-moved-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await rename(bundle, join(folder, 'app'));
  return join(folder, 'app');
}

/** Makes an empty tree in place of `/opt/ml`. */
export async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'optml-root-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'input/config'), { recursive: true });
  await mkdir(join(root, 'model'));
  const files = {
    'hyperparameters.json': {},
    'inputdataconfig.json': {},
    'resourceconfig.json': { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' },
  };
  for (const [name, value] of Object.entries(files)) {
    await writeFile(join(root, 'input/config', name), JSON.stringify(value));
  }
  return root;
}

function start(program: string, command: readonly string[], root: string) {
  const child = spawn(process.execPath, [program, ...command], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SAGEMAKER_BASE_DIR: root,
      SAGEMAKER_BIND_TO_PORT: '0',
      OPTML_DRAIN_GRACE_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

/** Runs `main.js` to its end. */
export function runBundle(bundle: string, command: readonly string[], root: string) {
  return runProgram(join(bundle, 'dist/main.js'), command, root);
}

/** Runs an entry point to its end. */
export async function runProgram(program: string, command: readonly string[], root: string) {
  const { child, output } = start(program, command, root);
  const [exitCode] = await once(child, 'close');
  return { exitCode, output: output() };
}

/** Serves, sends one body of JSON, and ends the server; gives the answer's body and the server's exit code. */
export async function invokeBundle(bundle: string, root: string, body: unknown) {
  const { child, output } = start(join(bundle, 'dist/main.js'), ['serve'], root);
  const ended = once(child, 'close');
  const url = await waitForReady(child, output);
  const response = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  child.kill('SIGTERM');
  const [exitCode] = await ended;
  return { answer, exitCode };
}

async function waitForReady(child: ChildProcess, output: () => string): Promise<string> {
  while (child.exitCode === null) {
    const [, url] = /listening url=(\S+)/.exec(output()) ?? [];
    if (url !== undefined && /^INFO +ready/m.test(output())) return url;
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'close')]);
  }
  throw new Error(`serving ended: ${output()}`);
}
