/** Who takes part in the job, from `resourceconfig.json`, and what an author can do with the others. */

import type { ResourceConfig } from '@optml/contract';

/** The hosts of a job and this host's place among them. */
export interface ClusterFacts {
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

/** The cluster as `run` gets it. On a job of one host every method returns at once and opens no socket. */
export interface Cluster extends ClusterFacts {
  /**
   * This host's own folder in `output.tar.gz`: `<output/data>/<host>` with several hosts, `<output/data>` with
   * one. Jobs were seen of which only the first host's files arrived: keep what must not be lost in
   * `modelDirectory`.
   */
  readonly outputDirectory: string;
  /**
   * This host's own folder in the model artifact: `<model>/<host>` with several hosts, `<model>` with one.
   * The files of all hosts arrive in `model.tar.gz`, as long as no two have the same path.
   */
  readonly modelDirectory: string;
  /**
   * Waits until the names of all hosts resolve and all hosts have joined; with `port`, also until every other
   * host accepts TCP connections there.
   *
   * @throws TrainError `CLUSTER_UNREACHABLE` with the hosts that never answered and why.
   */
  waitForPeers(options?: {
    readonly timeoutMs?: number | undefined;
    readonly port?: number | undefined;
  }): Promise<void>;
  /**
   * Waits until every host has called it with the same name as often as this one. Without `timeoutMs` the
   * hosts have 15 minutes to join the job, and then as long as they live.
   *
   * @throws TrainError `CLUSTER_TIMEOUT` with the hosts that are missing, `CLUSTER_HOST_ENDED` when one has
   * ended without coming, `CLUSTER_UNREACHABLE`.
   */
  barrier(name: string, options?: BarrierOptions): Promise<void>;
  /**
   * Gives the leader's value to every host, as JSON of at most 8 MiB; what the others pass is ignored. Every
   * host must call it, and all get the value once all have.
   *
   * @throws TrainError as `barrier`, and `CLUSTER_VALUE_INVALID` on the leader.
   */
  broadcast<Value>(name: string, value: Value, options?: BarrierOptions): Promise<Value>;
  /**
   * Runs `work` on the leader only; every host must call it, and all get its result, as JSON. Calls are matched by
   * `name` and count: name those that run at the same time.
   *
   * @throws on the leader what `work` threw, at once; elsewhere TrainError `CLUSTER_LEADER_FAILED` with its
   * message; and as `barrier`.
   */
  onLeader<Result>(
    work: () => Result | Promise<Result>,
    options?: BarrierOptions & { readonly name?: string | undefined },
  ): Promise<Result>;
}

/** How long hosts wait for one another. */
export interface BarrierOptions {
  /** Until the call fails; without it only a host that ends, fails or disappears ends the wait. */
  readonly timeoutMs?: number | undefined;
}

/** Derives the facts of the cluster; the leader is the first host by name. */
export function describeCluster(config: ResourceConfig): ClusterFacts {
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
