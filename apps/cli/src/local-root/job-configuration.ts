/** Plans the three config files of a local training job: what the command says, where nobody else has written them. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configFiles } from '@optml/contract';
import { limits } from '@optml/contract/limits';
import type { Paths } from '@optml/contract/paths';
import { CliError } from '../errors.ts';
import { describeStanding, judgeFile, type RootRecord, type Standing } from './root-record.ts';
import type { TrainingOptions } from './training-options.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A config file as the job will find it. */
export interface PlannedFile {
  readonly fileName: string;
  readonly path: string;
  /** `undefined` for somebody else's file that is not a JSON object: the container says what is wrong with it. */
  readonly value: JsonObject | undefined;
  /** What is to be written; `undefined` for a file that stays as it is. */
  readonly text: string | undefined;
  readonly standing: Standing;
}

/** What the config files will say. */
export interface JobConfiguration {
  readonly hyperparameters: PlannedFile;
  /** Keyed by channel. */
  readonly channels: PlannedFile;
  readonly resources: PlannedFile;
}

/** A channel as a job has it in File mode. Source: "How Amazon SageMaker AI Provides Training Information". */
const fileChannel = {
  TrainingInputMode: 'File',
  S3DistributionType: 'FullyReplicated',
  RecordWrapperType: 'None',
};

/** A job of one host in the newest of the three generations that containers meet. */
const oneHost = {
  current_host: 'algo-1',
  current_instance_type: 'local',
  current_group_name: 'homogeneousCluster',
  hosts: ['algo-1'],
  instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: 'local', hosts: ['algo-1'] }],
  network_interface_name: 'eth0',
  topology: null,
};

/**
 * Plans the config files of the tree at `paths`; writes nothing. A file that optml wrote is made again, from the options
 * and the `kept` channels; one that it did not write stays.
 *
 * @throws CliError `ROOT_UNUSABLE` when the options say something else than a file that stays,
 * `HYPERPARAMETER_INVALID` or `INPUT_INVALID` when the job would have too many of them.
 */
export async function planConfiguration(
  { paths, record }: { readonly paths: Paths; readonly record: RootRecord },
  options: TrainingOptions,
  kept: readonly string[],
): Promise<JobConfiguration> {
  const plan = (fileName: string, value: JsonObject) => planFile({ paths, record }, fileName, value);
  const names = [...kept, ...options.channels.keys()];
  const configuration = {
    hyperparameters: await plan(
      configFiles.hyperparameters.fileName,
      Object.fromEntries(options.hyperparameters),
    ),
    channels: await plan(
      configFiles.inputDataConfig.fileName,
      Object.fromEntries(names.map((name) => [name, fileChannel])),
    ),
    resources: await plan(configFiles.resourceConfig.fileName, oneHost),
  };
  assertAgreement(configuration, options);
  assertCounts(configuration);
  return configuration;
}

async function planFile(
  { paths, record }: { readonly paths: Paths; readonly record: RootRecord },
  fileName: string,
  value: JsonObject,
): Promise<PlannedFile> {
  const path = join(paths.inputConfig, fileName);
  const text = await readIfThere(path);
  const standing = judgeFile(record, fileName, text);
  const common = { fileName, path, standing };
  if (standing === 'missing' || standing === 'ours')
    return { ...common, value, text: `${JSON.stringify(value, undefined, 2)}\n` };
  return { ...common, value: parseObject(text ?? ''), text: undefined };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CliError('ROOT_UNUSABLE', `cannot read ${file} (${code})`, { cause, facts: { path: file } });
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What the command says is in a file that stays, or the command is refused: neither is ignored in silence. */
function assertAgreement({ hyperparameters, channels }: JobConfiguration, options: TrainingOptions): void {
  for (const [name, value] of options.hyperparameters) {
    if (hyperparameters.text !== undefined || says(hyperparameters.value, name, value)) continue;
    throw disagree(`--hyperparameter "${name}=${value}"`, hyperparameters);
  }
  for (const [name, path] of options.channels) {
    if (channels.text !== undefined || Object.hasOwn(channels.value ?? {}, name)) continue;
    throw disagree(`--input "${name}=${path}"`, channels);
  }
}

/** The platform delivers text, and people write numbers. */
function says(values: JsonObject | undefined, name: string, text: string): boolean {
  if (values === undefined || !Object.hasOwn(values, name)) return false;
  return values[name] === text || JSON.stringify(values[name]) === text;
}

function disagree(option: string, { path, value, standing }: PlannedFile): CliError {
  const what = value === undefined ? 'is not a JSON object' : 'has another value or none';
  return new CliError(
    'ROOT_UNUSABLE',
    `${option}: ${path} ${what}, and stays because it ${describeStanding(standing)}: change it there, delete the file to have it made from the command, or give another --root`,
    { facts: { path } },
  );
}

function assertCounts({ hyperparameters, channels }: JobConfiguration): void {
  const given = Object.keys(hyperparameters.value ?? {}).length;
  if (given > limits.hyperparameters.count)
    throw new CliError(
      'HYPERPARAMETER_INVALID',
      `the job has ${given} hyperparameters: SageMaker allows ${limits.hyperparameters.count}`,
    );
  const inputs = Object.keys(channels.value ?? {}).length;
  if (inputs > limits.channels.count)
    throw new CliError(
      'INPUT_INVALID',
      `the job has ${inputs} channels: SageMaker allows ${limits.channels.count}`,
    );
}
