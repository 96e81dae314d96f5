/** Holds a program back until the names of the other hosts resolve: it may look them up at once, and only once. */

import type { Log } from '@optml/contract/log';
import type { HostProblem } from '../cluster/link/cluster-link.ts';
import { type NameOptions, unresolved, waitForNames } from '../cluster/wait-for-hosts.ts';

export interface PeerNamesOptions extends Omit<NameOptions, 'onAttempt'> {
  readonly log: Pick<Log, 'info'>;
  /** Until the log first says who is missing; default 1,000 ms. */
  readonly firstReportMs?: number | undefined;
  /** From then on between two such lines; default 60,000 ms. */
  readonly reportEveryMs?: number | undefined;
}

/** Waits and says for whom; resolves with the hosts whose names do not resolve when the time is up. */
export async function waitForPeerNames(
  hosts: readonly string[],
  { log, firstReportMs = 1_000, reportEveryMs = 60_000, ...options }: PeerNamesOptions,
): Promise<readonly HostProblem[]> {
  const problems = new Map(hosts.map((host) => [host, unresolved]));
  let timer: NodeJS.Timeout;
  const report = () => {
    const missing = [...problems].map(([host, problem]) => ({ host, problem }));
    log.info(`waiting up to ${options.timeoutMs / 1000} s for other hosts: ${describeProblems(missing)}`);
    timer = setTimeout(report, reportEveryMs);
  };
  timer = setTimeout(report, firstReportMs);
  const onAttempt = (host: string, problem: string | undefined) => {
    if (problem === undefined) problems.delete(host);
    else problems.set(host, problem);
  };
  try {
    return await waitForNames(hosts, { ...options, onAttempt });
  } finally {
    clearTimeout(timer);
  }
}

/** Lists hosts and what is wrong with each. */
export function describeProblems(problems: readonly HostProblem[]): string {
  return problems.map(({ host, problem }) => `${host}: ${problem}`).join('; ');
}
