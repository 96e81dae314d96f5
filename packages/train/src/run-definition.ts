/** Runs a definition in this process: reads the platform's side, checks everything, then calls the author's code. */

import {
  createLog,
  type Environment,
  type Paths,
  readTrainingConfiguration,
  readTrainingEnvironment,
  resolvePaths,
  type TrainingConfiguration,
  type TrainingEnvironment,
} from '@optml/contract';
import { openChannels } from './channels.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { Stop } from './child/create-stop.ts';
import { describeCluster } from './cluster.ts';
import type { TrainingDefinition } from './define-training.ts';
import { combineProblems, type JobProblem } from './errors.ts';
import { parseHyperparameters } from './hyperparameters.ts';
import { logEnvironment } from './log-environment.ts';
import { createMetrics } from './metrics.ts';
import { createModelArtifact } from './model-artifact.ts';
import { splitHyperparameters } from './programs/split-hyperparameters.ts';

/** What the process around a run provides. */
export interface RunSurroundings {
  readonly environment: Environment;
  readonly stop: Pick<Stop, 'signal' | 'onStop'>;
  readonly writeLine: (line: string) => void;
}

/**
 * Runs `definition` once.
 *
 * @throws ContractError when the platform's files cannot be used.
 * @throws TrainError with every problem of hyperparameters and channels at once, before any author's code ran.
 */
export async function runDefinition(
  definition: TrainingDefinition,
  surroundings: RunSurroundings,
): Promise<void> {
  const { stop, writeLine } = surroundings;
  const paths = resolvePaths(surroundings.environment.SAGEMAKER_BASE_DIR || undefined);
  const configuration = await readTrainingConfiguration(paths);
  const environment = readEnvironment(surroundings.environment, configuration);
  const log = createLog(writeLine, { minimumLevel: environment.logLevel, format: environment.logFormat });
  if (environment.logEnvironment) await logEnvironment(log, surroundings.environment, configuration);
  for (const { file, message } of configuration.warnings) log.warn(`${file} ${message}`);
  const { hyperparameters, channels } = await checkJob(definition, configuration, paths);
  log.info('training starts', { channels: Object.keys(channels) });
  await definition.run({
    hyperparameters,
    channels: channels as never,
    model: createModelArtifact(paths.model),
    checkpoints: createCheckpoints(
      configuration.checkpointConfig?.LocalPath ?? paths.checkpoints,
      configuration.checkpointConfig !== undefined,
    ),
    metrics: createMetrics(definition.metrics, writeLine),
    cluster: describeCluster(configuration.resourceConfig),
    signal: stop.signal,
    onStop: stop.onStop,
    log,
  });
}

/** The job's own word on the log level, in the Python SDK's way, wins over the image's. */
function readEnvironment(
  environment: Environment,
  { hyperparameters }: TrainingConfiguration,
): TrainingEnvironment {
  const { sagemaker_container_log_level: level } = splitHyperparameters(hyperparameters).toolkit;
  return readTrainingEnvironment(
    level === undefined ? environment : { ...environment, SAGEMAKER_CONTAINER_LOG_LEVEL: level },
  );
}

async function checkJob(definition: TrainingDefinition, configuration: TrainingConfiguration, paths: Paths) {
  const hyperparameters = parseHyperparameters(definition.hyperparameters, configuration.hyperparameters);
  const { channels, problems } = await openChannels(
    definition.channels,
    configuration.inputDataConfig,
    paths,
  );
  const all: JobProblem[] = [...(hyperparameters.ok ? [] : hyperparameters.problems), ...problems];
  const [first, ...others] = all;
  if (!hyperparameters.ok || first !== undefined) throw combineProblems([first as JobProblem, ...others]);
  return { hyperparameters: hyperparameters.values, channels };
}
