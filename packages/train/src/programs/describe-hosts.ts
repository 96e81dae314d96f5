/** The hosts of a job in the words of the Python toolkit, with its defaults for what the platform left out. */

import type { TrainingConfiguration } from '@optml/contract';
import type { Resources } from '@optml/contract/resources';
import { describeCluster } from '../cluster/cluster.ts';
import type { SplitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { isOn } from '../hyperparameters/toolkit-hyperparameters.ts';

/** The leader's port for `torchrun` and its kin, as in AWS's toolkits. */
export const masterPort = 7777;

/** Each of them makes the hosts of a job work together. */
const distributions = [
  'sagemaker_mpi_enabled',
  'sagemaker_torch_distributed_enabled',
  'sagemaker_pytorch_ddp_enabled',
] as const;

/** Derives what the `SM_*` variables of hosts and `SM_TRAINING_ENV` hold. */
export function describeHosts(
  { configuration: { resourceConfig }, hyperparameters: { framework } }: HostSources,
  { cpuCount, gpuCount, neuronCount }: Resources,
) {
  const { hosts, currentHost, rank, isLeader, groups, topology, ...cluster } =
    describeCluster(resourceConfig);
  // What the platform does not say is as with the toolkit; `mpirun` goes by what it does say.
  const { groupName = 'homogeneousCluster', instanceType = 'local', networkInterface = 'eth0' } = cluster;
  const isDistributed = distributions.some((flag) => isOn(framework[flag]));
  const groupNames = groups.map(({ name }) => name);
  return {
    rank,
    isLeader,
    // Absent, it is an empty list to the toolkit; the null of ordinary jobs stays one.
    topology: topology === undefined ? [] : topology,
    // All hosts take part in a distribution; without one the toolkit has hosts here only if there are no groups.
    distributionHosts: isDistributed || groupNames.length === 0 ? hosts : [],
    shared: {
      hosts,
      current_host: currentHost,
      master_addr: hosts[0] as string,
      master_port: masterPort,
      current_instance_type: instanceType,
      current_instance_group: groupName,
      current_instance_group_hosts: groups.find(({ name }) => name === groupName)?.hosts ?? [],
      instance_groups: groupNames,
      instance_groups_dict: Object.fromEntries(
        (resourceConfig.instance_groups ?? []).map((group) => [group.instance_group_name, group]),
      ),
      distribution_instance_groups: isDistributed ? (groupNames.length > 0 ? groupNames : [groupName]) : [],
      is_hetero: groups.length > 1,
      network_interface_name: networkInterface,
      num_cpus: cpuCount,
      num_gpus: gpuCount,
      num_neurons: neuronCount,
      resource_config: resourceConfig,
    },
  };
}

interface HostSources {
  readonly configuration: Pick<TrainingConfiguration, 'resourceConfig'>;
  readonly hyperparameters: Pick<SplitHyperparameters, 'framework'>;
}
