/** Waits for hosts from this side: until their names resolve, until they accept connections. */

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostProblem } from './link/cluster-link.ts';
import { createBackoff, describeConnectError } from './link/connect-attempts.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Aborting it rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface NameOptions extends WaitOptions {
  /** Called after each attempt, with what is wrong with the host; undefined when its name resolves. */
  readonly onAttempt?: ((host: string, problem: string | undefined) => void) | undefined;
  /** Rejects for a name that does not resolve; default the system's resolver. */
  readonly resolveName?: ((host: string) => Promise<unknown>) | undefined;
}

const connectTimeoutMs = 10_000;

/** What is wrong with a host before its name has been looked up. */
export const unresolved = 'its name has not resolved yet';

/** Waits until the names of all `hosts` resolve; resolves with those that did not in time. */
export function waitForNames(
  hosts: readonly string[],
  { resolveName = lookup, onAttempt, ...options }: NameOptions,
): Promise<readonly HostProblem[]> {
  const attempt = async (host: string) => {
    await resolveName(host);
  };
  return waitForEach(hosts, options, { attempt, port: 0, atFirst: unresolved, onAttempt });
}

/** Waits until all `hosts` accept TCP connections on `port`; resolves with those that did not in time. */
export function waitForPort(
  hosts: readonly string[],
  port: number,
  options: WaitOptions,
): Promise<readonly HostProblem[]> {
  const attempt = (host: string, signal: AbortSignal) => tryPort(host, port, signal);
  return waitForEach(hosts, options, { attempt, port, atFirst: 'it has not answered yet' });
}

interface Attempts {
  readonly attempt: (host: string, signal: AbortSignal) => Promise<void>;
  readonly port: number;
  /** What is wrong with a host before the first attempt has ended. */
  readonly atFirst: string;
  readonly onAttempt?: NameOptions['onAttempt'] | undefined;
}

async function waitForEach(
  hosts: readonly string[],
  { timeoutMs, signal }: WaitOptions,
  attempts: Attempts,
): Promise<readonly HostProblem[]> {
  // Time that is over ends an attempt, too: a name server that does not answer may take longer.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  const either = AbortSignal.any([signal, over.signal]);
  const problems = await Promise.all(hosts.map((host) => repeat(host, attempts, either)));
  clearTimeout(timer);
  signal.throwIfAborted();
  return problems.flatMap((problem) => problem ?? []);
}

/** Tries until it works or the signal aborts; then returns what was wrong last. */
async function repeat(
  host: string,
  { attempt, port, atFirst, onAttempt }: Attempts,
  signal: AbortSignal,
): Promise<HostProblem | undefined> {
  let problem = atFirst;
  const backoff = createBackoff();
  while (!signal.aborted) {
    const error = await Promise.race([
      attempt(host, signal).catch((reason: NodeJS.ErrnoException) => reason),
      aborted(signal),
    ]);
    if (error === undefined) {
      onAttempt?.(host, undefined);
      return undefined;
    }
    if (!signal.aborted) {
      problem = describeConnectError(error, port);
      onAttempt?.(host, problem);
    }
    await pause(backoff.nextMs(), undefined, { signal }).catch(() => {});
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
