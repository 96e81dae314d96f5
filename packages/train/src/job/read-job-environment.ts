/** The environment of a job, in which the job's own word on the log level wins over the image's. */

import {
  type Environment,
  readTrainingEnvironment,
  type TrainingEnvironment,
} from '@optml/contract/environment';
import { ContractError } from '@optml/contract/errors';
import { TrainError } from '../errors.ts';
import { splitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';

const levelName = 'sagemaker_container_log_level';
const levelVariable = 'SAGEMAKER_CONTAINER_LOG_LEVEL';

/**
 * Reads the variables, and the hyperparameter that the Python SDK sets the level by.
 *
 * @throws ContractError `ENVIRONMENT_INVALID`, TrainError `HYPERPARAMETER_INVALID` for the level.
 */
export function readJobEnvironment(
  environment: Environment,
  hyperparameters: Readonly<Record<string, string>>,
): TrainingEnvironment {
  const { [levelName]: level } = splitHyperparameters(hyperparameters).toolkit;
  if (level === undefined) return readTrainingEnvironment(environment);
  try {
    return readTrainingEnvironment({ ...environment, [levelVariable]: level });
  } catch (error) {
    const problem =
      error instanceof ContractError && error.problems.find(({ path }) => path === levelVariable);
    if (!problem) throw error;
    throw new TrainError('HYPERPARAMETER_INVALID', `hyperparameter ${levelName} ${problem.message}`, {
      cause: error,
    });
  }
}
