/** The first lines of a job's log: what surrounds it, for those who ask, and what its files give reason to warn of. */

import type { TrainingConfiguration } from '@optml/contract';
import type { Environment, TrainingEnvironment } from '@optml/contract/environment';
import type { Log } from '@optml/contract/log';
import { readResources } from '@optml/contract/resources';
import { splitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { logIdleHyperparameters } from '../hyperparameters/toolkit-hyperparameters.ts';
import { createMask, maskEntries } from './mask-secrets.ts';

export interface JobSurroundings {
  readonly environment: Environment;
  /** Says whether the report is asked for. */
  readonly settings: Pick<TrainingEnvironment, 'logEnvironment'>;
  readonly configuration: TrainingConfiguration;
  readonly runs: 'program' | 'definition';
}

/** Logs the report, secrets masked, and the warnings. */
export function beginLog(log: Log, { environment, settings, configuration, runs }: JobSurroundings): void {
  if (settings.logEnvironment) logEnvironment(log, environment, configuration);
  for (const { file, message } of configuration.warnings) log.warn(`${file} ${message}`);
  const { toolkit, framework } = splitHyperparameters(configuration.hyperparameters);
  logIdleHyperparameters({ ...toolkit, ...framework }, log, runs);
  warnOfLostCheckpoints(configuration, log);
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
    'spot training without a CheckpointConfig: nothing is saved from an interruption; add one to the job',
  );
}
