/** Runs a definition in the training process: signals, the words with the supervisor, and a clean end. */

import process from 'node:process';
import { findPlace } from '@optml/contract/map-frame';
import { createRemoteLink, type LinkRequest } from '../cluster/link/remote-link.ts';
import { createStop } from '../definition/create-stop.ts';
import type { TrainingDefinition } from '../definition/define-training.ts';
import { TrainError } from '../errors.ts';
import { describeFailure } from '../failures/describe-failure.ts';
import type { ChildStart } from '../job/child-start.ts';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import { isMessage, type Message } from '../job/messages.ts';
import type { Terminal } from '../metrics/status-line.ts';
import { watchExit } from './watch-exit.ts';

const writeLine = (line: string) => process.stdout.write(`${line}\n`);

const terminal: Terminal = {
  write: (text) => process.stdout.write(text),
  columns: () => process.stdout.columns,
};

/** Loads and runs what may have opened more than `openBefore`; the process then ends with 0 when the run ended well, a requested stop included. */
export async function runInChild(
  load: () => Promise<TrainingDefinition>,
  start: ChildStart,
  openBefore: readonly string[],
): Promise<void> {
  const stop = createStop(start.stopTimeoutMs);
  const { link, receive } = createRemoteLink(send, holdChannel);
  const requestStop = () => stop.request();
  // The supervisor may have said why: its words are read before the signal counts.
  const onSignal = () => setImmediate(requestStop);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  link.failure.addEventListener('abort', () => stop.request(link.failure.reason as Error), { once: true });
  // A supervisor that is gone can neither stop this process nor report for it.
  process.on('disconnect', requestStop);
  process.on('message', (message) => {
    if (receive(message) || !isMessage(message)) return;
    if (message.kind === 'optml:are-you-there') send({ kind: 'optml:alive' });
  });
  process.on('uncaughtException', (error, origin) => {
    fail(error, origin === 'unhandledRejection' ? unhandledHint : undefined);
  });
  // Listening must not keep a process alive that has nothing left to do.
  process.channel?.unref();
  // The reader of the output may leave; training goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const watch = watchExit(send);
  stop.signal.addEventListener('abort', watch.allowExit);
  try {
    const run = load().then(async (definition) => {
      // The author's module comes first: nothing of ours is loaded before its first line.
      const { runDefinition } = await import('./run-definition.ts');
      await runDefinition(definition, {
        environment: process.env,
        stop,
        link,
        writeLine,
        hasLogBegun: start.hasLogBegun ?? false,
        terminal: process.stdout.isTTY ? terminal : undefined,
        nowMs: Date.now,
        processId: process.pid,
      });
    });
    if ((await stop.settle(run)) === 'stopped') {
      watch.end();
      send({ kind: 'optml:ended' }, () => process.exit(0));
      return;
    }
  } catch (error) {
    return fail(error);
  }
  watch.end();
  process.removeListener('disconnect', requestStop);
  leave(openBefore, start.lingerMs);
}

/** A wait for other hosts keeps the process alive, as any other wait does. */
function holdChannel(isWaiting: boolean): void {
  if (isWaiting) process.channel?.ref();
  else process.channel?.unref();
}

function send(message: Message | LinkRequest, done: () => void = () => {}): void {
  if (process.connected) process.send?.(message, done);
  else done();
}

function leave(openBefore: readonly string[], lingerMs = 10_000): void {
  send({ kind: 'optml:ended' }, () => process.connected && process.disconnect());
  setTimeout(() => {
    const log = createSupervisorLog({ environment: process.env, writeLine });
    const open = listOpen(openBefore).join(', ');
    log.warn(
      `training ended ${lingerMs / 1000} s ago, but these are still open: ${open}; ending the process`,
    );
    process.exit(0);
  }, lingerMs).unref();
}

/** The kinds of what was opened since, without the process's own output, which is opened when it is first used. */
function listOpen(before: readonly string[]): readonly string[] {
  const output = [process.stdout, process.stderr].map(({ isTTY }) => (isTTY ? 'TTYWrap' : 'PipeWrap'));
  const rest = [...before, ...output];
  const opened = process.getActiveResourcesInfo().filter((kind) => {
    const index = rest.indexOf(kind);
    if (index !== -1) rest.splice(index, 1);
    return index === -1;
  });
  return [...new Set(opened)];
}

const unhandledHint = 'a promise was rejected and not handled: await it, or catch its error';

function fail(error: unknown, hint?: string): void {
  send({ kind: 'optml:failed', report: { ...describeFailure(error), hint } }, () => {
    letNodePrint(error);
    process.exit(1);
  });
}

/** Only Node knows where a module cannot be parsed, and prints it of an error that ends the process. */
function letNodePrint(error: unknown): void {
  if (!(error instanceof TrainError && error.code === 'TRAINING_IMPORT_FAILED')) return;
  if (!(error.cause instanceof SyntaxError) || findPlace(error.cause.stack ?? '') !== undefined) return;
  process.removeAllListeners('uncaughtException');
  throw error.cause;
}
