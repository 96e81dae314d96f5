/** Opens the link between the hosts of a job. */

import type { ClusterLinkOptions, OwnedClusterLink } from './cluster-link.ts';
import { openLeaderLink } from './leader-link.ts';
import { createLoneLink } from './lone-link.ts';
import { openMemberLink } from './member-link.ts';

/** Next to 7,777, the port of `torchrun`. */
const defaultClusterPort = 7_778;

/**
 * Opens the link and returns at once; it connects in the background for as long as it takes, and a job that
 * asks nothing of it is neither delayed nor failed by hosts that cannot be reached. On a job of one host no
 * socket is opened. The owner ends it with `leave` or `reportFailure`.
 *
 * The leader listens, the others connect to it. A connection has to name the job and a host of it, which keeps
 * strays out but is not authentication: who may connect is the business of the job's network.
 */
export function createClusterLink(options: ClusterLinkOptions): OwnedClusterLink {
  const { port = defaultClusterPort, heartbeatMs = 10_000 } = options;
  const { silenceMs = 120_000, deliveryTimeoutMs = 5_000 } = options;
  const settings = { ...options, port, heartbeatMs, silenceMs, deliveryTimeoutMs };
  if (settings.hosts.length === 1) return createLoneLink();
  return settings.hosts[0] === settings.currentHost ? openLeaderLink(settings) : openMemberLink(settings);
}
