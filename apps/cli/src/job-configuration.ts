/** Plans the three config files of a local training job: what a tree has already, and what the options add. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configFiles, limits, type Paths } from '@optml/contract';
import { CliError } from './errors.ts';
import type { TrainingOptions } from './training-options.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What the config files will say. */
export interface JobConfiguration {
  /** `undefined` for a file that stays as it is and is no JSON object: the container says what is wrong with it. */
  readonly hyperparameters: JsonObject | undefined;
  /** Keyed by channel; `undefined` as above. */
  readonly channels: JsonObject | undefined;
  /** The files that are missing or change, by file name. */
  readonly filesToWrite: Readonly<Record<string, JsonObject>>;
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
 * Plans the config files of the tree at `paths`; writes nothing. A missing `inputdataconfig.json`
 * gets the channels whose folders are there.
 *
 * @throws CliError `ROOT_UNUSABLE` when a file that must be changed is not a JSON object,
 * `HYPERPARAMETER_INVALID` or `INPUT_INVALID` when the job would have too many of them.
 */
export async function planConfiguration(paths: Paths, options: TrainingOptions): Promise<JobConfiguration> {
  const hyperparameters = await planFile(paths, configFiles.hyperparameters.fileName, {
    additions: Object.fromEntries(options.hyperparameters),
    missing: async () => ({}),
  });
  const channels = await planFile(paths, configFiles.inputDataConfig.fileName, {
    additions: Object.fromEntries([...options.channels.keys()].map((name) => [name, fileChannel])),
    missing: () => listChannels(paths),
  });
  const resources = await planFile(paths, configFiles.resourceConfig.fileName, {
    additions: {},
    missing: async () => oneHost,
  });
  assertCounts(hyperparameters.value, channels.value);
  const plans = [hyperparameters, channels, resources].filter((plan) => plan.changed);
  return {
    hyperparameters: hyperparameters.value,
    channels: channels.value,
    filesToWrite: Object.fromEntries(plans.map((plan) => [plan.fileName, plan.value as JsonObject])),
  };
}

interface FilePlan {
  readonly fileName: string;
  readonly value: JsonObject | undefined;
  readonly changed: boolean;
}

async function planFile(
  paths: Paths,
  fileName: string,
  { additions, missing }: { additions: JsonObject; missing: () => Promise<JsonObject> },
): Promise<FilePlan> {
  const file = join(paths.inputConfig, fileName);
  const text = await readIfThere(file);
  if (text === undefined) return { fileName, value: { ...(await missing()), ...additions }, changed: true };
  const changed = Object.keys(additions).length > 0;
  const existing = parseObject(text);
  if (!changed) return { fileName, value: existing, changed };
  if (existing !== undefined) return { fileName, value: { ...existing, ...additions }, changed };
  throw new CliError(
    'ROOT_UNUSABLE',
    `${file} is not a JSON object, so nothing can be added to it: mend it, or delete it to have it made anew`,
    { facts: { path: file } },
  );
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

async function listChannels(paths: Paths): Promise<JsonObject> {
  const entries = await readdir(paths.inputData, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => [entry.name, fileChannel]);
  return Object.fromEntries(folders);
}

function assertCounts(hyperparameters: JsonObject | undefined, channels: JsonObject | undefined): void {
  const given = Object.keys(hyperparameters ?? {}).length;
  if (given > limits.hyperparameters.count)
    throw new CliError(
      'HYPERPARAMETER_INVALID',
      `the job has ${given} hyperparameters: SageMaker allows ${limits.hyperparameters.count}`,
    );
  const inputs = Object.keys(channels ?? {}).length;
  if (inputs > limits.channels.count)
    throw new CliError(
      'INPUT_INVALID',
      `the job has ${inputs} channels: SageMaker allows ${limits.channels.count}`,
    );
}
