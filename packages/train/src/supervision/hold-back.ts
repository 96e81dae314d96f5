/** Decides whether a program may start yet, and whether it may start at all, while other hosts cannot be found. */

import type { Log } from '@optml/contract/log';
import { TrainError } from '../errors.ts';
import type { Membership } from './join-cluster.ts';
import { describeProblems, waitForPeerNames } from './wait-for-peer-names.ts';

export interface HoldBackOptions {
  /** True when `mpirun` starts the program: the leader then needs all names, and the others the leader's. */
  readonly needsNames: boolean;
  readonly timeoutMs: number;
  /** Aborting it ends the wait at once. */
  readonly signal: AbortSignal;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Waits until the names of all other hosts resolve, or the time is up. Resolves with `stopped` when the signal
 * aborted first.
 *
 * @throws TrainError `CLUSTER_UNREACHABLE` when the program cannot do without a name that does not resolve.
 */
export async function holdBack(
  { hosts, currentHost }: Pick<Membership, 'hosts' | 'currentHost'>,
  { needsNames, timeoutMs, signal, log }: HoldBackOptions,
): Promise<'ready' | 'stopped'> {
  const others = hosts.filter((host) => host !== currentHost);
  const missing = await waitForPeerNames(others, { timeoutMs, signal, log }).catch((error: unknown) => {
    if (signal.aborted) return 'stopped' as const;
    throw error;
  });
  if (missing === 'stopped') return missing;
  if (missing.length === 0) return 'ready';
  const [leader] = hosts;
  const isNeeded = currentHost === leader || missing.some(({ host }) => host === leader);
  const what = `within ${timeoutMs / 1000} s: ${describeProblems(missing)}`;
  if (needsNames && isNeeded) {
    const message = `mpirun cannot find ${missing.length} of ${hosts.length} hosts ${what}`;
    throw new TrainError('CLUSTER_UNREACHABLE', message);
  }
  log.warn(`the program starts although ${missing.length} of ${hosts.length} hosts were not found ${what}`);
  return 'ready';
}
