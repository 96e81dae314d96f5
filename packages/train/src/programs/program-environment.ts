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
import { describeHosts } from './describe-hosts.ts';

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
  const { hyperparameters, environment, resources } = options;
  const host = describeHosts(options, resources);
  const program = nameProgram(options);
  const shared: Readonly<Record<string, unknown>> = {
    ...describePaths(options),
    ...host.shared,
    log_level: environment.logLevel,
    module_name: program.moduleName,
    module_dir: options.sourceDirectory,
    user_entry_point: program.entryPoint,
    framework_module: null,
  };
  const variables = {
    ...Object.fromEntries(Object.entries(shared).map(([name, value]) => [`SM_${name.toUpperCase()}`, value])),
    ...describeFiles(options),
    ...describeChannels(options),
    ...describeHyperparameters(hyperparameters),
    ...describeSession(hyperparameters.toolkit, environment),
    SM_HOST_COUNT: host.shared.hosts.length,
    SM_CURRENT_HOST_RANK: host.rank,
    SM_TOPOLOGY: host.topology,
    SM_SOURCE_DIR: options.sourceDirectory,
    SM_ENTRY_SCRIPT: program.entryPoint,
    SM_USER_ARGS: options.argv,
    SM_TRAINING_ENV: { ...shared, ...describeJob(options, host) },
    // Not an SM_* variable, but the toolkit's as well.
    CURRENT_HOST: host.shared.current_host,
  };
  const encoded = Object.entries(variables)
    .filter(([name, value]) => name !== 'SM_TOPOLOGY' || !isEmpty(value))
    .map(([name, value]) => [name, encode(value)] as const)
    // Whatever is larger would keep the program from starting at all; what it holds is in smaller ones, too.
    .filter(([name, value]) => name.length + value.length + 2 <= variableBytes);
  return Object.fromEntries(encoded);
}

function isEmpty(topology: unknown): boolean {
  return topology == null || Object.keys(topology).length === 0;
}

/** Like all that variables and `SM_TRAINING_ENV` share, by its name there; a variable's is in capitals, after `SM_`. */
function describePaths({ paths, configuration }: ProgramEnvironmentOptions) {
  return {
    model_dir: paths.model,
    input_dir: paths.input,
    input_config_dir: paths.inputConfig,
    input_data_dir: paths.inputData,
    input_data_config: configuration.inputDataConfig,
    output_dir: paths.output,
    output_data_dir: paths.outputData,
    output_intermediate_dir: paths.outputIntermediate,
  };
}

function describeFiles({ paths }: ProgramEnvironmentOptions) {
  return {
    SM_OUTPUT_FAILURE: paths.failure,
    // Of AWS's XGBoost image.
    SM_INPUT_TRAINING_CONFIG_FILE: join(paths.inputConfig, configFiles.hyperparameters.fileName),
    SM_INPUT_DATA_CONFIG_FILE: join(paths.inputConfig, configFiles.inputDataConfig.fileName),
    SM_CHECKPOINT_CONFIG_FILE: join(paths.inputConfig, configFiles.checkpointConfig.fileName),
  };
}

function describeChannels(options: ProgramEnvironmentOptions) {
  const directories = listChannelDirectories(options);
  return { SM_CHANNELS: directories.map(([channel]) => channel), ...spellAll('SM_CHANNEL_', directories) };
}

function listChannelDirectories({ paths, configuration }: ProgramEnvironmentOptions) {
  const channels = Object.keys(configuration.inputDataConfig).sort();
  return channels.map((channel) => [channel, resolveChannelDirectory(paths, channel)] as const);
}

/** What the toolkit makes of hyperparameters for programs that look for them in the environment. */
function describeSession(
  { sagemaker_job_name: jobName, sagemaker_region: region }: SplitHyperparameters['toolkit'],
  environment: TrainingEnvironment,
) {
  const variables = { SAGEMAKER_JOB_NAME: jobName, SAGEMAKER_REGION: region ?? environment.region };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}

/** Its path in the source folder, in which it runs; to the toolkit only Python's suffix is not part of the module's name. */
function nameProgram({ program, sourceDirectory }: ProgramEnvironmentOptions) {
  const entryPoint = relative(sourceDirectory, program);
  return { entryPoint, moduleName: entryPoint.replace(/\.py$/, '') };
}

function describeHyperparameters({ texts, frameworkTexts }: SplitHyperparameters) {
  const plain = Object.entries(texts).map(([name, { plain, json }]) => {
    const isNull = json?.kind === 'word' && json.text === 'null';
    return [name, isNull ? undefined : plain] as const;
  });
  return {
    SM_HPS: toJsonValues(texts),
    SM_FRAMEWORK_PARAMS: toJsonValues(frameworkTexts),
    ...spellAll('SM_HP_', plain),
  };
}

function toJsonValues(texts: Readonly<Record<string, DecodedText>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, toJsonValue(text)]));
}

/** What only the one variable that holds everything has, in the words of both toolkits. */
function describeJob(options: ProgramEnvironmentOptions, host: ReturnType<typeof describeHosts>) {
  const { texts, frameworkTexts } = options.hyperparameters;
  return {
    additional_framework_parameters: toJsonValues(frameworkTexts),
    channel_input_dirs: Object.fromEntries(listChannelDirectories(options)),
    distribution_hosts: host.distributionHosts,
    hyperparameters: toJsonValues(texts),
    is_master: host.isLeader,
    is_modelparallel_enabled: null,
    is_smddpmprun_installed: false,
    is_smddprun_installed: false,
    job_name: options.environment.jobName ?? null,
    master_hostname: host.shared.master_addr,
    topology: host.topology,
  };
}

/**
 * Each under its classic name and one that a shell can read: `SM_HP_BATCH-SIZE` and `SM_HP_BATCH_SIZE`. Where the
 * second is another's first, the other has it; a name with `=` cannot be a variable's.
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
