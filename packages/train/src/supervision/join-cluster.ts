/** Opens the supervisor's link to the other hosts of a job. */

import type { ChildProcess } from 'node:child_process';
import type { OwnedClusterLink } from '../cluster/link/cluster-link.ts';
import { type JobContext, peekConfig } from '../job/job-context.ts';

/** This host's part in a job of several hosts. */
export interface Membership {
  readonly link: OwnedClusterLink;
  /** Sorted; the first is the leader. */
  readonly hosts: readonly string[];
  readonly currentHost: string;
  /** Answers what the training process asks of the other hosts. */
  serve(child: ChildProcess): void;
}

/** Joins the other hosts; `undefined` on a job of one host, for which nothing is loaded. */
export async function joinCluster(context: JobContext, signal: AbortSignal): Promise<Membership | undefined> {
  const { environment, writeLine } = context;
  const { hosts, currentHost, networkInterface } = peekHosts(context);
  const port = Number(environment.OPTML_CLUSTER_PORT || 0);
  // A wrong port is reported with whatever else is wrong with the variables.
  const isUsable = Number.isInteger(port) && port >= 0 && port <= 65_535;
  if (currentHost === undefined || hosts.length < 2 || !isUsable) return undefined;
  const [{ createClusterLink }, { serveLink }, { createSupervisorLog }] = await Promise.all([
    import('../cluster/link/create-cluster-link.ts'),
    import('../cluster/link/remote-link.ts'),
    import('../job/create-supervisor-log.ts'),
  ]);
  const link = createClusterLink({
    hosts,
    currentHost,
    networkInterface,
    jobName: environment.TRAINING_JOB_NAME ?? '',
    port: port || undefined,
    signal,
    log: createSupervisorLog({ environment, writeLine }),
  });
  return {
    link,
    hosts,
    currentHost,
    serve(child) {
      const receive = serveLink(link, (reply) => {
        if (child.connected) child.send(reply, () => {});
      });
      child.on('message', receive);
    },
  };
}

interface Hosts {
  /** Sorted, so that all hosts agree on the leader. */
  readonly hosts: readonly string[];
  readonly currentHost?: string | undefined;
  readonly networkInterface?: string | undefined;
}

function peekHosts({ paths }: JobContext): Hosts {
  const config = (peekConfig(paths, 'resourceconfig') ?? {}) as Readonly<Record<string, unknown>>;
  const { hosts, current_host: currentHost, network_interface_name: networkInterface } = config;
  if (!Array.isArray(hosts) || typeof currentHost !== 'string') return { hosts: [] };
  if (!hosts.every((host) => typeof host === 'string') || !hosts.includes(currentHost)) return { hosts: [] };
  return {
    hosts: [...hosts].sort(),
    currentHost,
    networkInterface: typeof networkInterface === 'string' ? networkInterface : undefined,
  };
}
