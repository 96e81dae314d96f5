/** The container's entry point, as apps/container has it, for the definition that its argument names. */

import { enableCompileCache } from 'node:module';
import process from 'node:process';
import { runTraining } from '@optml/train/run-training';

const [definition = ''] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(signal));

enableCompileCache();

const { exitCode } = await runTraining(new URL(`./${definition}.js`, import.meta.url), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});

process.exit(exitCode);
