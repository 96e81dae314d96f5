/** Hands this process's surroundings to the inference server. Leave it as it is. */

import process from 'node:process';
import { runServing } from '@optml/serve/run-serving';

/** Serves with `predictor.ts` until `signal` aborts, and gives the exit code. */
export function runServe(signal: AbortSignal): Promise<number> {
  const { env: environment, execArgv: nodeArguments, stdout } = process;
  return runServing(new URL('./predictor.js', import.meta.url), {
    environment,
    nodeArguments,
    stdout,
    signal,
  });
}
