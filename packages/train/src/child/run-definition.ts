/** Runs a definition in this process: reads the platform's side, checks everything, then calls the author's code. */

import type { TrainingConfiguration } from '@optml/contract';
import type { Environment } from '@optml/contract/environment';
import type { Log } from '@optml/contract/log';
import { resolvePaths } from '@optml/contract/paths';
import { createCheckpoints } from '../checkpoints/checkpoints.ts';
import { describeCluster } from '../cluster/cluster.ts';
import { createCluster } from '../cluster/create-cluster.ts';
import type { ClusterLink } from '../cluster/link/cluster-link.ts';
import { createLoneLink } from '../cluster/link/lone-link.ts';
import { type ChannelSurroundings, openChannels } from '../data/open-channels.ts';
import type { Stop } from '../definition/create-stop.ts';
import type { TrainingDefinition } from '../definition/define-training.ts';
import { createModelArtifact } from '../definition/model-artifact.ts';
import { combineProblems, type JobProblem } from '../errors.ts';
import { parseHyperparameters } from '../hyperparameters/parse-hyperparameters.ts';
import { findRefusedHyperparameters } from '../hyperparameters/toolkit-hyperparameters.ts';
import { runVariable } from '../job/child-start.ts';
import { readConsole } from '../job/console-line.ts';
import { type OpenedJob, openJob } from '../job/open-job.ts';
import { findLostMetrics } from '../metrics/find-lost-metrics.ts';
import { openMetrics } from '../metrics/open-metrics.ts';
import { createProgress } from '../metrics/progress.ts';
import {
  createRemoteStatusLine,
  createStatusLine,
  type StatusLine,
  type Terminal,
} from '../metrics/status-line.ts';

/** What the process around a run provides. */
export interface RunSurroundings {
  readonly environment: Environment;
  readonly stop: Pick<Stop, 'signal' | 'onStop'>;
  /** The connection to the other hosts, which the supervisor holds. */
  readonly link: ClusterLink;
  readonly writeLine: (line: string) => void;
  /** True when the supervisor has written the first lines of the log, as it does for a program. */
  readonly hasLogBegun: boolean;
  /** What `writeLine` writes to, where that is a terminal. */
  readonly terminal: Terminal | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly processId: number;
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
  const { stop, nowMs, processId } = surroundings;
  const statusLine = openStatusLine(surroundings);
  const writeLine = statusLine?.writeLine ?? surroundings.writeLine;
  const paths = resolvePaths(surroundings.environment.SAGEMAKER_BASE_DIR || undefined);
  const job = await openJob({
    paths,
    environment: surroundings.environment,
    writeLine,
    beginsLog: !surroundings.hasLogBegun,
    runs: 'definition',
  });
  const { configuration, settings, log } = job;
  warnOfLostMetrics(definition, configuration, log);
  const { hyperparameters, channels } = await checkJob(definition, job, {
    paths,
    signal: stop.signal,
    runId: surroundings.environment[runVariable],
    initConfig: configuration.initConfig,
    log,
  });
  const metrics = openMetrics(definition.metrics, {
    writeLine,
    log,
    directory: settings.metricsDirectory,
    processId,
    nowMs,
    objective: job.hyperparameters.toolkit._tuning_objective_metric,
  });
  const facts = describeCluster(configuration.resourceConfig);
  const cluster = await createCluster(facts, {
    link: facts.hosts.length === 1 ? createLoneLink() : surroundings.link,
    paths,
    signal: stop.signal,
  });
  announceStart(Object.keys(channels), configuration, log);
  await definition.run({
    hyperparameters,
    channels: channels as never,
    model: createModelArtifact(paths.model),
    checkpoints: createCheckpoints(configuration.checkpointConfig?.LocalPath ?? paths.checkpoints, {
      ...cluster,
      synchronized: configuration.checkpointConfig !== undefined,
      warn: (message) => log.warn(message),
    }),
    metrics,
    progress: (total, options = {}) =>
      createProgress(total, options, { log, nowMs: () => performance.now(), statusLine }),
    cluster,
    signal: stop.signal,
    onStop: stop.onStop,
    log,
  });
  metrics.warnIfMissing(log);
}

/** An attempt that is not the first is worth a word. */
function announceStart(channels: readonly string[], { initConfig }: TrainingConfiguration, log: Log): void {
  const attempt = initConfig?.jobRunInfo?.jobRunNumber ?? 1;
  log.info('training starts', { channels, attempt: attempt > 1 ? attempt : undefined });
}

/** None where nobody could see it change in place. */
function openStatusLine({ environment, terminal, writeLine }: RunSurroundings): StatusLine | undefined {
  if (readConsole(environment) === 'terminal') return createRemoteStatusLine(writeLine);
  return terminal && createStatusLine(terminal);
}

/** The console and a tuning job would wait for them in vain. */
function warnOfLostMetrics(
  { metrics }: TrainingDefinition,
  { metricDefinitions, trainingJobConfig }: TrainingConfiguration,
  log: Log,
): void {
  const { MetricDefinitions } = trainingJobConfig?.AlgorithmSpecification ?? {};
  const definitions = metricDefinitions?.length ? metricDefinitions : (MetricDefinitions ?? []);
  const lost = findLostMetrics(metrics, definitions);
  if (lost.length === 0) return;
  log.warn(
    `the job's metric definitions do not match ${lost.join(', ')}: use those that \`optml schema\` prints`,
  );
}

async function checkJob(
  definition: TrainingDefinition,
  { configuration, hyperparameters: { framework } }: OpenedJob,
  surroundings: ChannelSurroundings,
) {
  const hyperparameters = parseHyperparameters(definition.hyperparameters, configuration.hyperparameters);
  const { channels, problems } = await openChannels(
    definition.channels,
    configuration.inputDataConfig,
    surroundings,
  );
  const all: JobProblem[] = [
    ...(hyperparameters.ok ? [] : hyperparameters.problems),
    ...findRefusedHyperparameters(framework),
    ...problems,
  ];
  const [first, ...others] = all;
  if (!hyperparameters.ok || first !== undefined) throw combineProblems([first as JobProblem, ...others]);
  return { hyperparameters: hyperparameters.values, channels };
}
