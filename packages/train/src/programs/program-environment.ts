/**
 * The `SM_*` variables that programs written for the Python toolkits read: the union of the classic
 * toolkit's and of the Python SDK 3 drivers', so that either kind runs unchanged.
 *
 * Source: sagemaker-training-toolkit `environment.py` and `mapping.py`; sagemaker-python-sdk 3
 * `container_drivers/scripts/environment.py`.
 */

import { join, relative } from 'node:path';
import {
  configFiles,
  type Paths,
  resolveChannelDirectory,
  type TrainingConfiguration,
  type TrainingEnvironment,
} from '@optml/contract';
import type { Resources } from '@optml/contract/resources';
import { describeCluster } from '../cluster/cluster.ts';
import type { SplitHyperparameters } from './split-hyperparameters.ts';

/** The port that `torchrun`-style launchers meet on, as the SDK's drivers have it. */
const masterPort = 7777;

/** `MAX_ARG_STRLEN`: the kernel takes no variable above 128 KiB, name and final NUL included. Source: execve(2). */
const variableBytes = 128 * 1024;

export interface ProgramEnvironmentOptions {
  readonly paths: Paths;
  readonly configuration: TrainingConfiguration;
  readonly environment: TrainingEnvironment;
  readonly hyperparameters: SplitHyperparameters;
  readonly resources: Resources;
  /** The program's absolute path. */
  readonly program: string;
  /** The folder that it was found in. */
  readonly sourceDirectory: string;
  /** The program's arguments. */
  readonly argv: readonly string[];
}

/** Derives the variables; values other than text are compact JSON with sorted keys, absent ones empty. */
export function createProgramEnvironment(
  options: ProgramEnvironmentOptions,
): Readonly<Record<string, string>> {
  const variables = {
    ...describePaths(options),
    ...describeData(options),
    ...describeHosts(options),
    ...describeProgram(options),
    ...describeHyperparameters(options),
  };
  const encoded = Object.entries({ ...variables, SM_TRAINING_ENV: describeAll(options) })
    .map(([name, value]) => [name, encode(value)] as const)
    // Whatever is larger would keep the program from starting at all; what it holds is in smaller ones, too.
    .filter(([name, value]) => name.length + value.length + 2 <= variableBytes);
  return Object.fromEntries(encoded);
}

function describePaths({ paths }: ProgramEnvironmentOptions) {
  return {
    SM_MODEL_DIR: paths.model,
    SM_INPUT_DIR: paths.input,
    SM_INPUT_CONFIG_DIR: paths.inputConfig,
    SM_INPUT_DATA_DIR: paths.inputData,
    SM_OUTPUT_DIR: paths.output,
    SM_OUTPUT_DATA_DIR: paths.outputData,
    SM_OUTPUT_INTERMEDIATE_DIR: paths.outputIntermediate,
    SM_OUTPUT_FAILURE: paths.failure,
    // Of AWS's XGBoost image.
    SM_INPUT_TRAINING_CONFIG_FILE: join(paths.inputConfig, configFiles.hyperparameters.fileName),
    SM_INPUT_DATA_CONFIG_FILE: join(paths.inputConfig, configFiles.inputDataConfig.fileName),
    SM_CHECKPOINT_CONFIG_FILE: join(paths.inputConfig, configFiles.checkpointConfig.fileName),
  };
}

function describeData({ paths, configuration }: ProgramEnvironmentOptions) {
  const channels = Object.keys(configuration.inputDataConfig).sort();
  const directories = channels.map((channel) => [channel, resolveChannelDirectory(paths, channel)] as const);
  return {
    SM_CHANNELS: channels,
    SM_INPUT_DATA_CONFIG: configuration.inputDataConfig,
    ...spellAll('SM_CHANNEL_', directories),
  };
}

function describeHosts({ configuration, resources }: ProgramEnvironmentOptions) {
  const { resourceConfig } = configuration;
  const cluster = describeCluster(resourceConfig);
  const groups = Object.fromEntries(cluster.groups.map((group) => [group.name, group]));
  return {
    SM_HOSTS: cluster.hosts,
    SM_HOST_COUNT: cluster.hosts.length,
    SM_CURRENT_HOST: cluster.currentHost,
    SM_CURRENT_HOST_RANK: cluster.rank,
    SM_MASTER_ADDR: cluster.hosts[0],
    SM_MASTER_PORT: masterPort,
    SM_CURRENT_INSTANCE_TYPE: cluster.instanceType,
    SM_CURRENT_INSTANCE_GROUP: cluster.groupName,
    SM_CURRENT_INSTANCE_GROUP_HOSTS: groups[cluster.groupName ?? '']?.hosts ?? [],
    SM_INSTANCE_GROUPS: cluster.groups.map(({ name }) => name),
    SM_INSTANCE_GROUPS_DICT: Object.fromEntries(
      (resourceConfig.instance_groups ?? []).map((group) => [group.instance_group_name, group]),
    ),
    SM_DISTRIBUTION_INSTANCE_GROUPS: cluster.groups.map(({ name }) => name),
    SM_IS_HETERO: cluster.groups.length > 1,
    ...(isEmpty(cluster.topology) ? {} : { SM_TOPOLOGY: cluster.topology }),
    SM_NETWORK_INTERFACE_NAME: cluster.networkInterface,
    SM_NUM_CPUS: resources.cpuCount,
    SM_NUM_GPUS: resources.gpuCount,
    SM_NUM_NEURONS: resources.neuronCount,
    SM_RESOURCE_CONFIG: resourceConfig,
  };
}

function isEmpty(topology: unknown): boolean {
  return topology == null || Object.keys(topology).length === 0;
}

function describeProgram(options: ProgramEnvironmentOptions) {
  const { sourceDirectory, argv, environment } = options;
  const { entryPoint, moduleName } = nameProgram(options);
  return {
    SM_LOG_LEVEL: environment.logLevel,
    SM_MODULE_NAME: moduleName,
    SM_MODULE_DIR: sourceDirectory,
    SM_SOURCE_DIR: sourceDirectory,
    SM_ENTRY_SCRIPT: entryPoint,
    SM_USER_ENTRY_POINT: entryPoint,
    SM_USER_ARGS: argv,
    SM_FRAMEWORK_MODULE: undefined,
  };
}

/** Its path in the source folder, in which it runs; the module's name is that without the suffix. */
function nameProgram({ program, sourceDirectory }: ProgramEnvironmentOptions) {
  const entryPoint = relative(sourceDirectory, program);
  return { entryPoint, moduleName: entryPoint.replace(/(?<=[^/])\.[^./]+$/, '') };
}

function describeHyperparameters({ hyperparameters: { values, framework } }: ProgramEnvironmentOptions) {
  return { SM_HPS: values, SM_FRAMEWORK_PARAMS: framework, ...spellAll('SM_HP_', Object.entries(values)) };
}

/** The one variable that holds everything, in the words of both toolkits. */
function describeAll(options: ProgramEnvironmentOptions) {
  const { paths, configuration, environment, hyperparameters, resources } = options;
  const cluster = describeCluster(configuration.resourceConfig);
  const channels = Object.keys(configuration.inputDataConfig).sort();
  const hosts = describeHosts(options);
  const { entryPoint, moduleName } = nameProgram(options);
  return {
    additional_framework_parameters: hyperparameters.framework,
    channel_input_dirs: Object.fromEntries(
      channels.map((channel) => [channel, resolveChannelDirectory(paths, channel)]),
    ),
    current_host: cluster.currentHost,
    current_instance_group: cluster.groupName ?? '',
    current_instance_group_hosts: hosts.SM_CURRENT_INSTANCE_GROUP_HOSTS,
    current_instance_type: cluster.instanceType ?? '',
    distribution_hosts: cluster.hosts,
    distribution_instance_groups: hosts.SM_DISTRIBUTION_INSTANCE_GROUPS,
    framework_module: null,
    hosts: cluster.hosts,
    hyperparameters: hyperparameters.values,
    input_config_dir: paths.inputConfig,
    input_data_config: configuration.inputDataConfig,
    input_data_dir: paths.inputData,
    input_dir: paths.input,
    instance_groups: hosts.SM_INSTANCE_GROUPS,
    instance_groups_dict: hosts.SM_INSTANCE_GROUPS_DICT,
    is_hetero: cluster.groups.length > 1,
    is_master: cluster.isLeader,
    is_modelparallel_enabled: null,
    is_smddprun_installed: false,
    job_name: environment.jobName ?? '',
    log_level: environment.logLevel,
    master_addr: cluster.hosts[0],
    master_hostname: cluster.hosts[0],
    master_port: masterPort,
    model_dir: paths.model,
    module_dir: options.sourceDirectory,
    module_name: moduleName,
    network_interface_name: cluster.networkInterface ?? '',
    num_cpus: resources.cpuCount,
    num_gpus: resources.gpuCount,
    num_neurons: resources.neuronCount,
    output_data_dir: paths.outputData,
    output_dir: paths.output,
    output_intermediate_dir: paths.outputIntermediate,
    resource_config: configuration.resourceConfig,
    user_entry_point: entryPoint,
  };
}

/**
 * Each under its classic name and one that a shell can read: `SM_HP_BATCH-SIZE` and `SM_HP_BATCH_SIZE`. Where the
 * second is another's first, the other has it; a name with `=` is no variable's.
 */
function spellAll(prefix: string, entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const classic = entries.map(([name, value]) => [`${prefix}${name.toUpperCase()}`, value] as const);
  const readable = classic.map(([name, value]) => [name.replace(/[^A-Z0-9_]/g, '_'), value] as const);
  return Object.fromEntries([...readable, ...classic.filter(([name]) => !name.includes('='))]);
}

function encode(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : toAscii(JSON.stringify(sortKeys(value)));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortKeys(item)]));
}

/** As Python's `json.dumps`, so that a C locale can read it. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
