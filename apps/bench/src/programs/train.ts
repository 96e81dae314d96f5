/** The container's entry point, as apps/container has it, for the definition that its argument names. */

import { readFile, writeFile } from 'node:fs/promises';
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

const { BENCH_PEAK_FILE: file } = process.env;
// Not `process.resourceUsage()`: what it says begins with the parent's peak.
if (file !== undefined) await writeFile(file, await readFile('/proc/self/status'));
process.exit(exitCode);
