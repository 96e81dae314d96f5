/** Hands this process's surroundings to the training runner, as apps/container does. */

import process from 'node:process';
import { runTraining } from '@optml/train/run-training';

export async function runTrain(signal: AbortSignal): Promise<number> {
  const { exitCode } = await runTraining(new URL('./train.js', import.meta.url), {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
  });
  return exitCode;
}
