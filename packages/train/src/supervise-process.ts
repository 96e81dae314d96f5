/**
 * The only place of this package that starts a process: an argv array and no shell, its own process group,
 * SIGTERM when a stop is requested, SIGKILL when the deadline has passed or the leader has left others behind.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Environment } from '@optml/contract';

export interface SupervisionOptions {
  readonly environment: Environment;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborting it asks the process to stop. */
  readonly signal: AbortSignal;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  readonly onMessage: (message: unknown) => void;
}

/** How a supervised process ended. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when the deadline passed and SIGKILL was sent. */
  readonly timedOut: boolean;
  /** The last lines that it wrote to standard error. */
  readonly lastErrorLines: readonly string[];
}

/** How long output may still arrive from a process that has ended, in case another one holds its pipes. */
const drainMs = 1_000;
const tailCharacters = 4_096;

/** Runs Node with `argv` until it ends. Rejects only when the process cannot be started. */
export async function superviseProcess(
  argv: readonly string[],
  options: SupervisionOptions,
): Promise<Ending> {
  const child = spawn(process.execPath, argv, {
    detached: true,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.on('message', options.onMessage);
  child.stdout?.pipe(options.stdout, { end: false });
  child.stderr?.pipe(options.stderr, { end: false });
  const tail = keepTail(child.stderr);
  await once(child, 'spawn');
  const group = -(child.pid as number);

  let timedOut = false;
  let deadline: NodeJS.Timeout | undefined;
  const stop = () => {
    killIfAlive(group, 'SIGTERM');
    deadline = setTimeout(() => {
      timedOut = true;
      killIfAlive(group, 'SIGKILL');
    }, options.stopTimeoutMs);
  };
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();

  const closed = once(child, 'close');
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(deadline);
  options.signal.removeEventListener('abort', stop);
  killIfAlive(group, 'SIGKILL');
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
  return { exitCode, signal, timedOut, lastErrorLines: tail() };
}

/** A group that has already ended is no error. */
function killIfAlive(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function keepTail(stream: NodeJS.ReadableStream | null): () => readonly string[] {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-tailCharacters);
  });
  return () => text.split('\n').filter((line) => line.trim() !== '');
}
