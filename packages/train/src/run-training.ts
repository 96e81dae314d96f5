/** The front of the training runner: light, because every training module imports it along with `defineTraining`. */

import type { TrainingOptions, TrainingResult } from './supervision/training-options.ts';

export type { TrainingOptions, TrainingResult };

/** What the processes of a job start with stands beside this entry. */
const entries = {
  child: new URL('./training-child.js', import.meta.url),
  hook: new URL('./program-hook.js', import.meta.url),
};

/**
 * Trains, as SageMaker expects of `docker run IMAGE train`. `training` is a module that exports a definition,
 * or a program (`.py`, a script, an executable); a job that names a program of its own (`sagemaker_program`,
 * `SAGEMAKER_PROGRAM`) runs that instead. When training fails the reason is written to the failure file,
 * never over the author's own.
 *
 * Never rejects for a failed job; the process should end with `exitCode`: the author's own, 128 + n for a signal.
 *
 * @example
 * ```ts
 * import { runTraining } from '@optml/train/run-training';
 *
 * const stop = new AbortController();
 * for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(signal));
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
  const { superviseTraining } = await import('./supervision/supervise-training.ts');
  return superviseTraining(training, options, entries);
}
