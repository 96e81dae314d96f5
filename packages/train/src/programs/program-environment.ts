/**
 * The `SM_*` variables that programs written for the Python toolkits read: the union of the classic
 * toolkit's and of the Python SDK 3 drivers', so that either kind runs unchanged.
 *
 * Source: sagemaker-training-toolkit `environment.py` and `mapping.py`; sagemaker-python-sdk 3
 * `container_drivers/scripts/environment.py`.
 */

import { join, relative } from 'node:path';
import { configFiles, type TrainingConfiguration } from '@optml/contract';
import type { TrainingEnvironment } from '@optml/contract/environment';
import { type Paths, resolveChannelDirectory } from '@optml/contract/paths';
import type { Resources } from '@optml/contract/resources';
import { type DecodedText, isRawJSON, toJsonValue } from '../hyperparameters/decode-text.ts';
import type { SplitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { createHostVariables, describeHosts, type HostDescription } from './describe-hosts.ts';

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
  const { configuration, hyperparameters, resources } = options;
  const { resourceConfig } = configuration;
  const host = describeHosts(resourceConfig, hyperparameters.framework);
  const variables = {
    ...describePaths(options),
    ...describeData(options),
    ...createHostVariables(host, resourceConfig, resources),
    ...describeProgram(options),
    ...describeHyperparameters(options),
  };
  const encoded = Object.entries({ ...variables, SM_TRAINING_ENV: describeAll(options, host) })
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

function describeProgram(options: ProgramEnvironmentOptions) {
  const { sourceDirectory, argv, environment, hyperparameters } = options;
  const { toolkit } = hyperparameters;
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
    ...describeSession(toolkit, environment),
  };
}

/** What the toolkit makes of hyperparameters for whoever looks for them in the environment. */
function describeSession(
  { sagemaker_job_name: jobName, sagemaker_region: region }: SplitHyperparameters['toolkit'],
  environment: TrainingEnvironment,
) {
  const variables = { SAGEMAKER_JOB_NAME: jobName, SAGEMAKER_REGION: region ?? environment.region };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}

/** Its path in the source folder, in which it runs; to the toolkit only Python's suffix is no part of the module's name. */
function nameProgram({ program, sourceDirectory }: ProgramEnvironmentOptions) {
  const entryPoint = relative(sourceDirectory, program);
  return { entryPoint, moduleName: entryPoint.replace(/\.py$/, '') };
}

function describeHyperparameters({ hyperparameters }: ProgramEnvironmentOptions) {
  const { texts, frameworkTexts } = hyperparameters;
  const plain = Object.entries(texts).map(
    ([name, text]) => [name, isNull(text) ? undefined : text.plain] as const,
  );
  return {
    SM_HPS: toJsonValues(texts),
    SM_FRAMEWORK_PARAMS: toJsonValues(frameworkTexts),
    ...spellAll('SM_HP_', plain),
  };
}

function isNull({ json }: DecodedText): boolean {
  return json?.kind === 'word' && json.text === 'null';
}

function toJsonValues(texts: Readonly<Record<string, DecodedText>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, toJsonValue(text)]));
}

/** The one variable that holds everything, in the words of both toolkits. */
function describeAll(options: ProgramEnvironmentOptions, host: HostDescription) {
  const { paths, configuration, environment, hyperparameters, resources } = options;
  const channels = Object.keys(configuration.inputDataConfig).sort();
  const { entryPoint, moduleName } = nameProgram(options);
  return {
    additional_framework_parameters: toJsonValues(hyperparameters.frameworkTexts),
    channel_input_dirs: Object.fromEntries(
      channels.map((channel) => [channel, resolveChannelDirectory(paths, channel)]),
    ),
    current_host: host.currentHost,
    current_instance_group: host.groupName,
    current_instance_group_hosts: host.groupHosts,
    current_instance_type: host.instanceType,
    distribution_hosts: host.distributionHosts,
    distribution_instance_groups: host.distributionGroups,
    framework_module: null,
    hosts: host.hosts,
    hyperparameters: toJsonValues(hyperparameters.texts),
    input_config_dir: paths.inputConfig,
    input_data_config: configuration.inputDataConfig,
    input_data_dir: paths.inputData,
    input_dir: paths.input,
    instance_groups: host.groupNames,
    instance_groups_dict: host.groupsByName,
    is_hetero: host.isHeterogeneous,
    is_master: host.isLeader,
    is_modelparallel_enabled: null,
    is_smddpmprun_installed: false,
    is_smddprun_installed: false,
    job_name: environment.jobName ?? null,
    log_level: environment.logLevel,
    master_addr: host.leader,
    master_hostname: host.leader,
    master_port: host.masterPort,
    model_dir: paths.model,
    module_dir: options.sourceDirectory,
    module_name: moduleName,
    network_interface_name: host.networkInterface,
    num_cpus: resources.cpuCount,
    num_gpus: resources.gpuCount,
    num_neurons: resources.neuronCount,
    output_data_dir: paths.outputData,
    output_dir: paths.output,
    output_intermediate_dir: paths.outputIntermediate,
    resource_config: configuration.resourceConfig,
    topology: host.topology,
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
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sortKeys(item)]));
}

/** As Python's `json.dumps`, so that a C locale can read it. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
