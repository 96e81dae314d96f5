/** The report of everything around a job, for those who ask for it; secrets are masked. */

import type { Environment, Log, TrainingConfiguration } from '@optml/contract';
import { readResources } from '@optml/contract/resources';
import { createMask, maskEntries } from './failures/mask-secrets.ts';

/** Logs variables, hyperparameters, hosts and resources, a line each. */
export async function logEnvironment(
  log: Log,
  environment: Environment,
  configuration: TrainingConfiguration,
): Promise<void> {
  const { hyperparameters, inputDataConfig, resourceConfig } = configuration;
  const mask = createMask({ environment, hyperparameters });
  log.info('environment', maskEntries(environment, mask));
  log.info('hyperparameters', maskEntries(hyperparameters, mask));
  log.info('input data', inputDataConfig);
  log.info('hosts', resourceConfig);
  log.info('resources', { ...readResources({ environment }) });
}
