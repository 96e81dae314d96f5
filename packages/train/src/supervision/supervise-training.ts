/** Supervises the process that runs the author's code, and has its ending explained. */

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
// Whatever loads zod is loaded while the author's process starts, not before.
import { releaseFailureFile, reserveFailureFile } from '@optml/contract/failure-file';
import { type Paths, resolvePaths } from '@optml/contract/paths';
import { type JobContext, peekConfig } from '../job/job-context.ts';
import { type FailureReport, isMessage } from '../job/messages.ts';
import { joinCluster, type Membership } from './join-cluster.ts';
import { type Job, type Launch, prepareLaunch } from './prepare-launch.ts';
import {
  createStoppedEnding,
  type Ending,
  type SupervisionOptions,
  superviseProcess,
} from './supervise-process.ts';
import type { TrainingEntries, TrainingOptions, TrainingResult } from './training-options.ts';

const defaultStopTimeoutMs = 105_000;
const defaultPeerNamesTimeoutMs = 15 * 60_000;
const watchAfterMs = 1_000;

export async function superviseTraining(
  training: URL,
  options: TrainingOptions,
  entries: TrainingEntries,
): Promise<TrainingResult> {
  const { environment, stderr, stopTimeoutMs = defaultStopTimeoutMs, lingerMs, blockedAfterMs } = options;
  const paths = resolvePaths(environment.SAGEMAKER_BASE_DIR || undefined);
  const hyperparameters = peekHyperparameters(paths);
  const writeLine = (line: string) => stderr.write(`${line}\n`);
  const limits = { stopTimeoutMs, lingerMs, blockedAfterMs };
  const job = { training, entries, paths, environment, hyperparameters, ...limits, writeLine };
  reserveFailureFile(paths);
  try {
    const result = await superviseJob(job, options);
    await Promise.all([flush(options.stdout), flush(options.stderr)]);
    return result;
  } finally {
    releaseFailureFile(paths);
  }
}

/** What was written to a pipe is on its way only: a process that ended now would lose it. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve());
    else resolve();
  });
}

async function superviseJob(job: Job, options: TrainingOptions): Promise<TrainingResult> {
  const membership = await joinCluster(job, options.signal);
  // A fault of the runner's own is a failure like any other: with a reason, for this host and the others.
  const result = await run(job, options, membership).catch(async (error: unknown) =>
    (await loadReports()).reportFault(error, job),
  );
  // A host that stops because another has failed has failed, too, however well it ended.
  const final = membership?.link.failure.aborted
    ? await (await loadReports()).reportPeerFailure(membership.link.failure.reason, result, job)
    : result;
  // Loaded at every ending: what fills an image's compile cache is a job that fails.
  const { warnOfModel } = await import('./warn-of-model.ts');
  if (final.exitCode === 0) await warnOfModel(job);
  // The first line is class and cause; the others are this host's business.
  if (isFailure(final)) await membership?.link.reportFailure(final.reason.split('\n')[0] as string);
  else await membership?.link.leave();
  return final;
}

const loadReports = () => import('./report-failure.ts');

function isFailure(result: TrainingResult): result is Exclude<TrainingResult, { readonly exitCode: 0 }> {
  return result.exitCode !== 0 && 'code' in result && result.code !== 'TRAINING_STOPPED';
}

async function run(
  job: Job,
  options: TrainingOptions,
  membership: Membership | undefined,
): Promise<TrainingResult> {
  let launch: Launch;
  try {
    launch = await prepareLaunch(job);
  } catch (error) {
    return (await loadReports()).reportRefusal(error, job);
  }
  const stops = membership === undefined ? [options.signal] : [options.signal, membership.link.failure];
  let report: FailureReport | undefined;
  const supervision: SupervisionOptions = {
    ...options,
    signal: AbortSignal.any(stops),
    stopTimeoutMs: job.stopTimeoutMs,
    onStart(child) {
      child.on('message', (message) => {
        if (isMessage(message) && message.kind === 'optml:failed') report ??= message.report;
      });
      membership?.serve(child);
      watchLater(child, launch, job);
    },
  };
  let ending: Ending;
  try {
    const timeoutMs = options.peerNamesTimeoutMs ?? defaultPeerNamesTimeoutMs;
    ending =
      (await holdBackProgram(launch, timeoutMs, supervision, job, membership)) ??
      (await start(launch, supervision, job, membership));
  } catch (error) {
    return (await loadReports()).reportRefusal(error, job);
  }
  if (ending.exitCode === 0 && ending.leftovers.length === 0) return { exitCode: 0 };
  const isPeerFailure = membership?.link.failure.aborted ?? false;
  return (await loadReports()).reportEnding({ ending, report, launch, isPeerFailure }, job);
}

/** Gives the ending of a program that was stopped before it started. A definition waits for the others itself. */
async function holdBackProgram(
  { program, mpi }: Launch,
  timeoutMs: number,
  { signal }: SupervisionOptions,
  context: JobContext,
  membership: Membership | undefined,
): Promise<Ending | undefined> {
  if (membership === undefined || program.kind === 'definition') return undefined;
  const { holdBack } = await import('./hold-back.ts');
  const { createSupervisorLog } = await import('../job/create-supervisor-log.ts');
  const log = createSupervisorLog(context);
  const how = await holdBack(membership, { needsNames: mpi !== undefined, timeoutMs, signal, log });
  return how === 'ready' ? undefined : createStoppedEnding(signal);
}

/** What is seldom needed is loaded only then. */
async function start(
  { commands, mpi }: Launch,
  supervision: SupervisionOptions,
  { paths }: JobContext,
  membership: Membership | undefined,
): Promise<Ending> {
  if (mpi !== undefined) {
    const { superviseMpi } = await import('./supervise-mpi.ts');
    const { createLoneLink } = await import('../cluster/link/lone-link.ts');
    const link = membership?.link ?? createLoneLink();
    return superviseMpi(commands[0], { ...mpi, link, paths }, supervision);
  }
  if (commands.length === 1) return superviseProcess(commands[0], supervision);
  const { superviseAll } = await import('./supervise-all.ts');
  return superviseAll(commands, supervision);
}

/** Not before the author's process has started: loading what watches takes as long as that does. */
function watchLater(child: ChildProcess, launch: Launch, job: Job): void {
  const answering = waitForAnswers(child, launch);
  const timer = setTimeout(async () => {
    const { watchJob } = await import('./watch-job.ts');
    watchJob(child, answering, job);
  }, watchAfterMs);
  child.once('exit', () => clearTimeout(timer));
}

/** A program answers nobody, unless it turns out to be a definition, which says so. */
function waitForAnswers(child: ChildProcess, { program }: Launch): Promise<void> {
  if (program.kind === 'definition') return Promise.resolve();
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (isMessage(message) && message.kind === 'optml:alive') resolve();
    });
  });
}

function peekHyperparameters(paths: Paths): Readonly<Record<string, string>> {
  const values = peekConfig(paths, 'hyperparameters');
  const texts = Object.entries(values ?? {}).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return Object.fromEntries(texts);
}
