/** The requests that leader and member answer alike: they differ in how word gets round. */

import { TrainError } from '../../errors.ts';
import { type BarrierWaits, joining, type Outcome } from './barrier-waits.ts';
import type { ClusterLink, HostProblem } from './cluster-link.ts';

export interface LinkRequestsOptions {
  readonly waits: BarrierWaits;
  /** Makes it known that this host has come. */
  readonly arrive: (barrier: string, value: string | undefined) => void;
  /** Says what is wrong with a host that has not joined. */
  readonly explainAbsence: (host: string) => string;
}

/** Creates the requests of a link. */
export function createLinkRequests(
  options: LinkRequestsOptions,
): Pick<ClusterLink, 'waitForHosts' | 'barrier'> {
  const { waits, arrive, explainAbsence } = options;
  const rounds = new Map<string, number>();
  const explain = (host: string): HostProblem => ({ host, problem: explainAbsence(host) });
  return {
    waitForHosts: async ({ timeoutMs }) => {
      const outcome = await waits.wait(joining, timeoutMs);
      return outcome.passed ? [] : outcome.hosts.map(explain);
    },
    barrier: async (name, { value, timeoutMs }) => {
      const round = (rounds.get(name) ?? 0) + 1;
      rounds.set(name, round);
      const barrier = `${name}#${round}`;
      const waiting = waits.wait(barrier, timeoutMs);
      arrive(barrier, value);
      const outcome = await waiting;
      if (outcome.passed) return outcome.value;
      throw explainOutcome(name, outcome, { timeoutMs, explain });
    },
  };
}

function explainOutcome(
  name: string,
  { why, hosts }: Outcome & { readonly passed: false },
  { timeoutMs = 0, explain }: { timeoutMs: number | undefined; explain: (host: string) => HostProblem },
): Error {
  const list = hosts.join(', ');
  const late = `${name} was not reached within ${timeoutMs / 1000} s`;
  const problems = hosts.map((host) => `${host}: ${explain(host).problem}`).join('; ');
  const errors = {
    ended: [
      'CLUSTER_HOST_ENDED',
      `not all hosts can reach ${name}: ${list} ended before it: every host must run the same steps`,
    ],
    late: ['CLUSTER_TIMEOUT', `${late} by ${list}: allow more time, or find out why they are late`],
    unreachable: ['CLUSTER_UNREACHABLE', `${late}: ${problems}`],
  } as const;
  const [code, message] = errors[why];
  return new TrainError(code, message);
}
