/**
 * The program of the child process that runs the author's code; its supervisor starts it with the module's
 * URL and the parsed environment as arguments. Ends with 0 when the run ended well, a requested stop included.
 */

import type { TrainingEnvironment } from '@optml/contract';
import { describeFailure } from './failure-report.ts';
import { loadDefinition } from './load-definition.ts';
import { runDefinition } from './run-definition.ts';

/** How long open handles may keep the process after `run` resolved. */
const lingerMs = 10_000;

const [url = '', environment = '{}'] = process.argv.slice(2);
const stop = new AbortController();
const requestStop = () => stop.abort(new DOMException('the job was asked to stop', 'AbortError'));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, requestStop);
// A supervisor that is gone can neither stop this process nor report for it.
process.on('disconnect', requestStop);
// Listening must not keep a process alive that has nothing left to do.
process.channel?.unref();
process.on('uncaughtException', fail);

const writeLine = (line: string) => process.stdout.write(`${line}\n`);

try {
  const definition = await loadDefinition(url);
  await runDefinition(definition, {
    environment: JSON.parse(environment) as TrainingEnvironment,
    signal: stop.signal,
    writeLine,
  });
  leave();
} catch (error) {
  if (isStop(error)) leave();
  else fail(error);
}

/** True for what `run` throws because it was asked to stop. */
function isStop(error: unknown): boolean {
  return (
    stop.signal.aborted &&
    (error === stop.signal.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}

function leave(): void {
  process.removeListener('disconnect', requestStop);
  if (process.connected) process.disconnect();
  setTimeout(() => {
    writeLine(
      `WARN  run ended ${lingerMs / 1000} s ago but timers or sockets are still open: ending the process`,
    );
    process.exit(0);
  }, lingerMs).unref();
}

function fail(error: unknown): void {
  const report = describeFailure(error);
  if (!process.connected) process.exit(1);
  process.send?.(report, () => process.exit(1));
}
