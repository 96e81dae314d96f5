/** The hosts of a job in the words of the Python toolkit, with its defaults for what the platform left out. */

import type { ResourceConfig } from '@optml/contract';
import type { Resources } from '@optml/contract/resources';
import { describeCluster } from '../cluster/cluster.ts';
import { isOn } from '../hyperparameters/toolkit-hyperparameters.ts';

/** The port that `torchrun`-style launchers meet on, as the SDK's drivers have it. */
const masterPort = 7777;

/** Each of them makes the hosts of a job work together. */
const distributions = [
  'sagemaker_mpi_enabled',
  'sagemaker_torch_distributed_enabled',
  'sagemaker_pytorch_ddp_enabled',
] as const;

/** Derives what the `SM_*` variables of hosts and `SM_TRAINING_ENV` hold. */
export function describeHosts(resourceConfig: ResourceConfig, framework: Readonly<Record<string, unknown>>) {
  const { hosts, currentHost, rank, isLeader, groups, topology, ...cluster } =
    describeCluster(resourceConfig);
  // What the platform does not say is as with the toolkit; `mpirun` goes by what it does say.
  const { groupName = 'homogeneousCluster', instanceType = 'local', networkInterface = 'eth0' } = cluster;
  const isDistributed = distributions.some((flag) => isOn(framework[flag]));
  const groupNames = groups.map(({ name }) => name);
  return {
    hosts,
    currentHost,
    rank,
    isLeader,
    leader: hosts[0],
    masterPort,
    groupName,
    instanceType,
    networkInterface,
    groupNames,
    groupHosts: groups.find(({ name }) => name === groupName)?.hosts ?? [],
    groupsByName: Object.fromEntries(
      (resourceConfig.instance_groups ?? []).map((group) => [group.instance_group_name, group]),
    ),
    isHeterogeneous: groups.length > 1,
    // Absent, it is an empty list to the toolkit; the null of ordinary jobs stays one.
    topology: topology === undefined ? [] : topology,
    // All hosts take part in a distribution; without one the toolkit has hosts here only if there are no groups.
    distributionGroups: isDistributed ? (groupNames.length > 0 ? groupNames : [groupName]) : [],
    distributionHosts: isDistributed || groupNames.length === 0 ? hosts : [],
  };
}

export type HostDescription = ReturnType<typeof describeHosts>;

/** Spells the description as `SM_*` variables. */
export function createHostVariables(
  host: HostDescription,
  resourceConfig: ResourceConfig,
  resources: Resources,
) {
  return {
    SM_HOSTS: host.hosts,
    SM_HOST_COUNT: host.hosts.length,
    SM_CURRENT_HOST: host.currentHost,
    SM_CURRENT_HOST_RANK: host.rank,
    SM_MASTER_ADDR: host.leader,
    SM_MASTER_PORT: host.masterPort,
    SM_CURRENT_INSTANCE_TYPE: host.instanceType,
    SM_CURRENT_INSTANCE_GROUP: host.groupName,
    SM_CURRENT_INSTANCE_GROUP_HOSTS: host.groupHosts,
    SM_INSTANCE_GROUPS: host.groupNames,
    SM_INSTANCE_GROUPS_DICT: host.groupsByName,
    SM_DISTRIBUTION_INSTANCE_GROUPS: host.distributionGroups,
    SM_IS_HETERO: host.isHeterogeneous,
    ...(isEmpty(host.topology) ? {} : { SM_TOPOLOGY: host.topology }),
    SM_NETWORK_INTERFACE_NAME: host.networkInterface,
    SM_NUM_CPUS: resources.cpuCount,
    SM_NUM_GPUS: resources.gpuCount,
    SM_NUM_NEURONS: resources.neuronCount,
    SM_RESOURCE_CONFIG: resourceConfig,
    // Not an SM_* variable, but the toolkit's as well.
    CURRENT_HOST: host.currentHost,
  };
}

function isEmpty(topology: unknown): boolean {
  return topology == null || Object.keys(topology).length === 0;
}
