/** The variables by which processes of PyTorch and its kin find one another. */

import type { ClusterFacts } from '../cluster/cluster.ts';
import { masterPort } from './describe-hosts.ts';

/**
 * Derives one set of variables for each process of this host, by local rank from 0; each host has
 * `processesPerHost`, at least 1. Ranks count through the
 * hosts: the processes of host 0 come first.
 *
 * Source: PyTorch's "torchrun (Elastic Launch)", Environment Variables.
 */
export function createTorchrunEnvironments(
  { hosts, rank }: Pick<ClusterFacts, 'hosts' | 'rank'>,
  processesPerHost: number,
): readonly Readonly<Record<string, string>>[] {
  return Array.from({ length: processesPerHost }, (_, localRank) => ({
    MASTER_ADDR: hosts[0] as string,
    MASTER_PORT: String(masterPort),
    WORLD_SIZE: String(hosts.length * processesPerHost),
    RANK: String(rank * processesPerHost + localRank),
    LOCAL_RANK: String(localRank),
    LOCAL_WORLD_SIZE: String(processesPerHost),
    NODE_RANK: String(rank),
    GROUP_RANK: String(rank),
    GROUP_WORLD_SIZE: String(hosts.length),
    NNODES: String(hosts.length),
  }));
}
