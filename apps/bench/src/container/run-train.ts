/** Hands this process's surroundings to the training runner, as apps/container does. */

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { runTraining } from '@optml/train/run-training';

export async function runTrain(signal: AbortSignal): Promise<number> {
  const definition = process.env.BENCH_DEFINITION ?? './train.js';
  const { exitCode } = await runTraining(new URL(definition, import.meta.url), {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
  });
  // Not `process.resourceUsage()`: what it says begins with the parent's peak.
  const { BENCH_PEAK_FILE: file } = process.env;
  if (file !== undefined) writeFileSync(file, readFileSync('/proc/self/status'));
  return exitCode;
}
