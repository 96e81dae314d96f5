/** Waits for hosts from this side: until their names resolve, until they accept connections. */

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostProblem } from './cluster-link.ts';
import { describeConnectError } from './describe-connect-error.ts';
import { createPauses } from './pauses.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Aborting it rejects with its reason. */
  readonly signal: AbortSignal;
}

const connectTimeoutMs = 10_000;

/** Waits until the names of all `hosts` resolve; resolves with those that did not in time. */
export function waitForNames(
  hosts: readonly string[],
  options: WaitOptions,
): Promise<readonly HostProblem[]> {
  return waitForEach(hosts, options, async (host) => {
    await lookup(host);
  });
}

/** Waits until all `hosts` accept TCP connections on `port`; resolves with those that did not in time. */
export function waitForPort(
  hosts: readonly string[],
  port: number,
  options: WaitOptions,
): Promise<readonly HostProblem[]> {
  return waitForEach(hosts, options, (host, signal) => tryPort(host, port, signal), port);
}

async function waitForEach(
  hosts: readonly string[],
  { timeoutMs, signal }: WaitOptions,
  attempt: (host: string, signal: AbortSignal) => Promise<void>,
  port = 0,
): Promise<readonly HostProblem[]> {
  // Time that is over ends an attempt, too: a name server that does not answer may take longer.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  const either = AbortSignal.any([signal, over.signal]);
  const problems = await Promise.all(hosts.map((host) => repeat(host, attempt, either, port)));
  clearTimeout(timer);
  signal.throwIfAborted();
  return problems.flatMap((problem) => problem ?? []);
}

/** Tries until it works or the signal aborts; then returns what was wrong last. */
async function repeat(
  host: string,
  attempt: (host: string, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  port: number,
): Promise<HostProblem | undefined> {
  let problem = 'it has not answered yet';
  const pauses = createPauses();
  while (!signal.aborted) {
    const error = await Promise.race([
      attempt(host, signal).catch((reason: NodeJS.ErrnoException) => reason),
      aborted(signal),
    ]);
    if (error === undefined) return undefined;
    if (!signal.aborted) problem = describeConnectError(error, port);
    await pause(pauses.next(), undefined, { signal }).catch(() => {});
  }
  return { host, problem };
}

async function aborted(signal: AbortSignal): Promise<Error> {
  if (!signal.aborted) await once(signal, 'abort');
  return new Error('aborted');
}

async function tryPort(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  const patience = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
  try {
    await once(socket, 'connect', { signal: patience }).catch((error: NodeJS.ErrnoException) => {
      throw error.name === 'AbortError' ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
    });
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}
