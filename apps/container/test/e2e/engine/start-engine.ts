/**
 * Starts an engine of our own beside whatever runs on the machine: its own data, socket and network, no change to
 * the machine's firewall. Everything that it made is gone after `stop`.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from '../docker.ts';
import { E2eError } from '../e2e-error.ts';

/** A running engine. */
export interface Engine {
  /** The value of `DOCKER_HOST`. */
  readonly host: string;
  stop(): Promise<void>;
}

/**
 * Starts `dockerd` as root; `directory` holds the images until `stop`.
 *
 * @throws E2eError `ENGINE_NOT_STARTED`, with the last lines of the engine's log.
 */
export async function startEngine(directory: string): Promise<Engine> {
  const data = join(directory, 'engine');
  await mkdir(data, { recursive: true });
  // The path of a socket may have 107 characters at most.
  const run = await mkdtemp(join(tmpdir(), 'optml-e2e-'));
  const host = `unix://${run}/docker.sock`;
  const child = spawn(
    'dockerd',
    [
      ...['--data-root', data, '--exec-root', join(run, 'exec'), '--pidfile', join(run, 'pid')],
      ...['--host', host, '--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ],
    // In a session of its own, Ctrl-C in a terminal reaches the tests first, which then stop the engine.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const removeAll = async () => {
    for (const folder of [run, data]) {
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  };
  try {
    await waitUntilListening(child);
  } catch (error) {
    child.kill('SIGTERM');
    await removeAll();
    throw error;
  }
  return {
    host,
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      await removeAll();
    },
  };
}

/** The engine leaves the name of its network namespace mounted, and after a crash more. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const points = mounts.split('\n').flatMap((line) => line.split(' ')[1] ?? []);
  // The last mounted first.
  for (const point of points.filter((path) => path.startsWith(`${folder}/`)).reverse())
    await runCommand('umount', [point]);
}

async function waitUntilListening(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: string) => {
    const message = `the container engine does not start (${reason}): its log ends with\n${lines.join('\n')}`;
    reject(new E2eError('ENGINE_NOT_STARTED', message));
  };
  child.once('error', ({ message }) => fail(message));
  child.once('close', (exitCode, signal) => fail(`dockerd ended with ${exitCode ?? signal}`));
  // Read to the end: an engine whose log nobody takes stands still.
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    if (lines.push(line) > 20) lines.shift();
    if (line.includes('API listen on')) resolve();
  });
  await promise;
}
