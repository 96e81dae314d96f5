/** The training runner: supervises a child that runs the author's code, and explains how it ended. */

import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  ContractError,
  type Environment,
  readTrainingEnvironment,
  resolvePaths,
  type TrainingEnvironment,
  writeFailureFile,
} from '@optml/contract';
import type { TrainErrorCode } from './errors.ts';
import type { FailureReport } from './failure-report.ts';
import { createLog, type Log } from './log.ts';
import { type Ending, superviseProcess } from './supervise-process.ts';

export interface TrainingOptions {
  /** The variables of this process, also passed on to the author's. */
  readonly environment: Environment;
  /** Where the output of the author's code goes. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Abort it on SIGTERM: the author's code is asked to stop, then given `stopTimeoutMs`. */
  readonly signal: AbortSignal;
  /** From the request to stop until the author's code is killed; default 105,000 of the platform's 120,000 ms. */
  readonly stopTimeoutMs?: number;
}

/** How training ended. */
export type TrainingResult =
  | { readonly exitCode: 0 }
  | { readonly exitCode: number; readonly code: string; readonly reason: string };

const defaultStopTimeoutMs = 105_000;

/**
 * Trains: runs the definition that `training` exports, in a child process, as SageMaker expects of
 * `docker run IMAGE train`. When training fails the reason is written to the failure file, never over the
 * author's own.
 *
 * Never rejects for a failed job; the process should end with `exitCode`: the child's own, 128 + n for a signal.
 *
 * @example
 * ```ts
 * import { runTraining } from '@optml/train';
 *
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * const { exitCode } = await runTraining(new URL('./train.js', import.meta.url), {
 *   environment: process.env,
 *   stdout: process.stdout,
 *   stderr: process.stderr,
 *   signal: stop.signal,
 * });
 * process.exitCode = exitCode;
 * ```
 */
export async function runTraining(training: URL, options: TrainingOptions): Promise<TrainingResult> {
  const log = createLog((line) => options.stderr.write(`${line}\n`), 0);
  let environment: TrainingEnvironment;
  try {
    environment = readTrainingEnvironment(options.environment);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const { SAGEMAKER_BASE_DIR: root } = options.environment;
    return fail(root || undefined, { code: error.code, message: error.message, frames: [] }, 1, log);
  }
  const { stopTimeoutMs = defaultStopTimeoutMs } = options;
  let report: FailureReport | undefined;
  const ending = await superviseProcess(childArguments(training, environment), {
    ...options,
    stopTimeoutMs,
    onMessage: (message) => {
      report = message as FailureReport;
    },
  });
  if (ending.exitCode === 0) return { exitCode: 0 };
  const exitCode = ending.exitCode ?? 128 + constants.signals[ending.signal as NodeJS.Signals];
  return fail(environment.root, report ?? explainEnding(ending, stopTimeoutMs), exitCode, log);
}

function childArguments(training: URL, environment: TrainingEnvironment): readonly string[] {
  const program = fileURLToPath(new URL('./training-child.js', import.meta.url));
  return ['--enable-source-maps', program, training.href, JSON.stringify(environment)];
}

async function fail(
  root: string | undefined,
  report: FailureReport,
  exitCode: number,
  log: Log,
): Promise<TrainingResult> {
  const frames = report.frames.map((frame) => `\n    at ${frame}`).join('');
  log.error(`training failed: ${report.message}${frames}`);
  const [frame] = report.frames;
  const reason =
    frame === undefined ? report.message : `${report.message} (at ${/\((.*)\)$/.exec(frame)?.[1] ?? frame})`;
  const outcome = await writeFailureFile(resolvePaths(root), reason).catch((error: Error) => error);
  if (outcome instanceof Error) log.error(`the failure file cannot be written: ${outcome.message}`);
  return { exitCode, code: report.code, reason };
}

/** The reason of a process that ended without giving one. */
function explainEnding(ending: Ending, stopTimeoutMs: number): FailureReport {
  const report = (code: TrainErrorCode, message: string): FailureReport => ({ code, message, frames: [] });
  if (ending.timedOut) {
    return report(
      'TRAINING_STOP_TIMEOUT',
      `training did not stop within ${stopTimeoutMs / 1000} s of SIGTERM and was killed: return from run soon after its signal aborts`,
    );
  }
  if (ending.exitCode === 13) {
    return report(
      'TRAINING_CRASHED',
      'run waits for a promise that nothing can settle any more (exit code 13)',
    );
  }
  const how =
    ending.signal === null ? `ended with exit code ${ending.exitCode}` : `was killed by ${ending.signal}`;
  const last = ending.lastErrorLines.slice(-5).join('\n');
  return report(
    'TRAINING_CRASHED',
    `the training process ${how}${last === '' ? '' : `; its last words:\n${last}`}`,
  );
}
