/** Hands this process's surroundings to the training runner. Leave it as it is. */

import process from 'node:process';
import { runTraining } from '@optml/train/run-training';

/** Trains with `train.ts` and gives the exit code. */
export async function runTrain(signal: AbortSignal): Promise<number> {
  const { exitCode } = await runTraining(new URL('./train.js', import.meta.url), {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
    reapOrphans: process.pid === 1,
  });
  return exitCode;
}
