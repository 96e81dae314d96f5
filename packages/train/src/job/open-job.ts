/** Reads what the platform says of a job, and begins its log: with what surrounds it, for those who ask, and warnings. */

import { readTrainingConfiguration, type TrainingConfiguration } from '@optml/contract';
import {
  type Environment,
  readTrainingEnvironment,
  type TrainingEnvironment,
} from '@optml/contract/environment';
import { ContractError } from '@optml/contract/errors';
import { createLog, type Log } from '@optml/contract/log';
import type { Paths } from '@optml/contract/paths';
import { readResources } from '@optml/contract/resources';
import { TrainError } from '../errors.ts';
import { type SplitHyperparameters, splitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { logIdleHyperparameters } from '../hyperparameters/toolkit-hyperparameters.ts';
import { createMask, maskEntries } from './mask-secrets.ts';

export interface JobSurroundings {
  readonly paths: Paths;
  readonly environment: Environment;
  readonly writeLine: (line: string) => void;
  /** False when another process has written the first lines of the log. */
  readonly beginsLog: boolean;
  readonly runs: 'program' | 'definition';
}

/** A job as its files and variables say. */
export interface OpenedJob {
  readonly configuration: TrainingConfiguration;
  readonly settings: TrainingEnvironment;
  readonly hyperparameters: SplitHyperparameters;
  readonly log: Log;
}

/**
 * Opens the job.
 *
 * @throws ContractError when the platform's files or variables cannot be used, TrainError `HYPERPARAMETER_INVALID` for
 * the log level.
 */
export async function openJob(surroundings: JobSurroundings): Promise<OpenedJob> {
  const { paths, environment, writeLine, beginsLog, runs } = surroundings;
  const configuration = await readTrainingConfiguration(paths);
  const hyperparameters = splitHyperparameters(configuration.hyperparameters);
  const { toolkit, framework } = hyperparameters;
  const settings = readSettings(environment, toolkit);
  const log = createLog(writeLine, { minimumLevel: settings.logLevel, format: settings.logFormat });
  if (beginsLog) {
    if (settings.logEnvironment) logEnvironment(log, environment, configuration);
    for (const { file, message } of configuration.warnings) log.warn(`${file} ${message}`);
    logIdleHyperparameters({ ...toolkit, ...framework }, log, runs);
    warnOfLostCheckpoints(configuration, log);
  }
  return { configuration, settings, hyperparameters, log };
}

const levelName = 'sagemaker_container_log_level';
const levelVariable = 'SAGEMAKER_CONTAINER_LOG_LEVEL';

/** Reads the variables; the level that the Python SDK sets by a hyperparameter wins over the image's. */
function readSettings(
  environment: Environment,
  { [levelName]: level }: SplitHyperparameters['toolkit'],
): TrainingEnvironment {
  if (level === undefined) return readTrainingEnvironment(environment);
  try {
    return readTrainingEnvironment({ ...environment, [levelVariable]: level });
  } catch (cause) {
    const problem =
      cause instanceof ContractError && cause.problems.find(({ path }) => path === levelVariable);
    if (!problem) throw cause;
    const message = `hyperparameter ${levelName} ${problem.message}`;
    throw new TrainError('HYPERPARAMETER_INVALID', message, { cause });
  }
}

/** Variables, hyperparameters, hosts and resources, a line each. */
function logEnvironment(log: Log, environment: Environment, configuration: TrainingConfiguration): void {
  const { hyperparameters, inputDataConfig, resourceConfig } = configuration;
  const mask = createMask({ environment, hyperparameters });
  log.info('environment', maskEntries(environment, mask));
  log.info('hyperparameters', maskEntries(hyperparameters, mask));
  log.info('input data', inputDataConfig);
  log.info('hosts', resourceConfig);
  log.info('resources', { ...readResources({ environment }) });
}

/** An interruption is then a start from nothing. */
function warnOfLostCheckpoints(
  { trainingJobConfig, checkpointConfig }: TrainingConfiguration,
  log: Log,
): void {
  if (trainingJobConfig?.EnableManagedSpotTraining !== true || checkpointConfig !== undefined) return;
  log.warn(
    'spot training without a CheckpointConfig: an interruption would lose all progress; add a CheckpointConfig to the job',
  );
}
