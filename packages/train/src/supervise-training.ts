/** Supervises the process that runs the author's code, and has its ending explained. */

import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Environment } from '@optml/contract';
// Whatever loads zod is loaded while the author's process starts, not before.
import { type Paths, resolvePaths } from '@optml/contract/paths';
import type { FailureReport } from './failures/failure-report.ts';
import { type Launch, prepareLaunch } from './prepare-launch.ts';
import type { TrainingOptions, TrainingResult } from './run-training.ts';
import { isMessage } from './supervision/messages.ts';
import { superviseProcess } from './supervision/supervise-process.ts';

const defaultStopTimeoutMs = 105_000;
const watchAfterMs = 1_000;

export async function superviseTraining(training: URL, options: TrainingOptions): Promise<TrainingResult> {
  const result = await superviseJob(training, options);
  await Promise.all([flush(options.stdout), flush(options.stderr)]);
  return result;
}

/** What was written to a pipe is on its way only: a process that ended now would lose it. */
function flush(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve());
    else resolve();
  });
}

async function superviseJob(training: URL, options: TrainingOptions): Promise<TrainingResult> {
  const { environment, stderr, stopTimeoutMs = defaultStopTimeoutMs } = options;
  const paths = resolvePaths(environment.SAGEMAKER_BASE_DIR || undefined);
  const hyperparameters = await peekHyperparameters(paths);
  const writeLine = (line: string) => stderr.write(`${line}\n`);
  const context = { paths, environment, hyperparameters, stopTimeoutMs, writeLine };
  let launch: Launch;
  try {
    launch = await prepareLaunch({ training, ...context });
  } catch (error) {
    return (await import('./report-failure.ts')).reportRefusal(error, context);
  }
  let report: FailureReport | undefined;
  const ending = await superviseProcess(launch.command, {
    ...options,
    stopTimeoutMs,
    onStart(child) {
      child.on('message', (message) => {
        if (isMessage(message) && message.kind === 'failed') ({ report } = message);
      });
      watchLater(child, launch, context);
    },
  });
  if (ending.exitCode === 0 && ending.leftovers.length === 0) return { exitCode: 0 };
  return (await import('./report-failure.ts')).reportEnding({ ending, report, launch }, context);
}

/** What surrounds a job, for whoever watches or explains it. */
export interface JobContext {
  readonly paths: Paths;
  readonly environment: Environment;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly stopTimeoutMs: number;
  readonly writeLine: (line: string) => void;
}

/** Not before the author's process has started: loading what watches takes as long as that does. */
function watchLater(child: ChildProcess, launch: Launch, context: JobContext): void {
  const timer = setTimeout(async () => {
    const { watchJob } = await import('./supervision/watch-job.ts');
    watchJob(child, launch, context);
  }, watchAfterMs);
  child.once('exit', () => clearTimeout(timer));
}

/** Looks for what decides how to start; whatever is wrong with the file is reported by whoever needs all of it. */
async function peekHyperparameters(paths: Paths): Promise<Readonly<Record<string, string>>> {
  try {
    const values: unknown = JSON.parse(
      await readFile(join(paths.inputConfig, 'hyperparameters.json'), 'utf8'),
    );
    const texts = Object.entries(values ?? {}).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts);
  } catch {
    return {};
  }
}
