#!/usr/bin/env node
/** The process of `optml`: hands over arguments, streams and signals, and sets the exit code. */

import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const stop = new AbortController();
const kill = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (stop.signal.aborted ? kill : stop).abort());
}
// A reader who has gone away (`| head`) is no reason to end a training.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  process.exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    workingDirectory: process.cwd(),
    programFile: fileURLToPath(import.meta.url),
    nodeFile: process.execPath,
    stop: stop.signal,
    kill: kill.signal,
  });
} catch (error) {
  process.stderr.write(
    `optml: this is a bug in optml, please report it\n${(error as Error)?.stack ?? error}\n`,
  );
  process.exitCode = 1;
}
