/** Who takes part in the job, from `resourceconfig.json`. */

import type { ResourceConfig } from '@optml/contract';

/** The hosts of a job and this host's place among them. */
export interface Cluster {
  /** Every host, sorted, so that all hosts agree on ranks. */
  readonly hosts: readonly string[];
  readonly currentHost: string;
  /** The index of this host in `hosts`, from 0. */
  readonly rank: number;
  readonly isLeader: boolean;
  /** Undefined where the platform does not say, as it did until 2020. */
  readonly networkInterface: string | undefined;
  readonly instanceType: string | undefined;
  readonly groupName: string | undefined;
  readonly groups: readonly {
    readonly name: string;
    readonly instanceType: string;
    readonly hosts: readonly string[];
  }[];
  /** Passed through as the platform wrote it; null on ordinary jobs. */
  readonly topology: unknown;
}

/** Derives the cluster; the leader is the first host by name. */
export function describeCluster(config: ResourceConfig): Cluster {
  const hosts = [...config.hosts].sort();
  const rank = hosts.indexOf(config.current_host);
  return {
    hosts,
    currentHost: config.current_host,
    rank,
    isLeader: rank === 0,
    networkInterface: config.network_interface_name ?? undefined,
    instanceType: config.current_instance_type ?? undefined,
    groupName: config.current_group_name ?? undefined,
    groups: (config.instance_groups ?? []).map((group) => ({
      name: group.instance_group_name,
      instanceType: group.instance_type,
      hosts: group.hosts,
    })),
    topology: config.topology,
  };
}
