/** Starts a worker in a process of its own; the only place where one is started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readOomKills } from '@optml/contract/resources';
import { describeThrown } from '../errors/describe-thrown.ts';
import type { ServeError } from '../errors/errors.ts';
import { type BoardFile, createBoardFile } from './board-file.ts';
import { createFatalReport, type FatalReport, reportArguments } from './fatal-report.ts';
import { createJobBoard } from './job-board.ts';
import { openServerEnd } from './process-channel.ts';
import { explainExit, killGroup, preferForKilling, readResident } from './process-group.ts';
import {
  createEndError,
  type HostEnd,
  type HostOptions,
  type StartHost,
  semiSpaceMiB,
  type WorkerHost,
  waitForStop,
} from './worker-host.ts';
import type { FromWorker } from './worker-messages.ts';

export const startProcess: StartHost = (options, receive) => {
  try {
    return createHost(options, receive);
  } catch (error) {
    return createFailedHost(error);
  }
};

function createHost(options: HostOptions, receive: (message: FromWorker) => void): WorkerHost {
  const oomKills = readOomKills();
  const board = createBoardFile();
  const report = createFatalReport();
  const child = spawnWorker(options, board, report);
  const ended = Promise.withResolvers<HostEnd>();
  let reason: ServeError | undefined;
  let stopping: Promise<void> | undefined;
  let residentBytes = 0;
  const measureResident = () => {
    residentBytes = readResident(child.pid) ?? residentBytes;
    return residentBytes;
  };
  const send = openServerEnd(child, (message) => {
    if (message.type !== 'thrown') receive(message);
    else reason ??= createEndError(message.reason, { cause: message.cause });
  });
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
  };
  child.on('error', (error) => {
    reason ??= createEndError(`it could not be started: ${describeThrown(error)}`, { cause: error });
    if (child.pid === undefined) ended.resolve({ reason });
  });
  // What it has started itself would keep its pipes open.
  child.on('exit', () => killGroup(child.pid));
  // Now all that it has sent is here.
  child.on('close', (exitCode, signal) => {
    const hasKilled = oomKills !== undefined && (readOomKills() ?? 0) > oomKills;
    const isHeapFull = report.tellsOutOfMemory();
    const facts = { residentBytes, hasKilled, isHeapFull, maximumHeapMiB: options.maximumHeapMiB };
    const { text, memory, isMemory } = explainExit({ exitCode, signal, ...facts });
    ended.resolve(reason === undefined ? { reason: createEndError(text, { isMemory }), memory } : { reason });
  });
  void ended.promise.then(board.close).then(report.close);
  return {
    board,
    takesBodies: false,
    send,
    ended: ended.promise,
    stop() {
      send({ type: 'stop' });
      stopping ??= waitForStop(ended.promise, kill);
      return stopping;
    },
    measureMemory: async () => ({ heap: 0, external: measureResident() }),
    measureResident,
    measureSeparate: measureResident,
    kill(why, isUrgent) {
      reason ??= createEndError(why, { isMemory: isUrgent });
      kill();
    },
  };
}

function spawnWorker(
  { source, maximumHeapMiB }: HostOptions,
  board: BoardFile,
  report: FatalReport,
): ChildProcess {
  const heap = [
    `--max-old-space-size=${Math.ceil(maximumHeapMiB)}`,
    `--min-semi-space-size=${semiSpaceMiB}`,
    `--max-semi-space-size=${semiSpaceMiB}`,
  ];
  const file = fileURLToPath(new URL('./serving-worker.js', import.meta.url));
  const node = [
    process.execPath,
    ...inheritArguments(process.execArgv),
    ...heap,
    ...reportArguments,
    file,
    JSON.stringify(source),
  ];
  const [command, ...words] = [...dieWithParent(), ...node] as [string, ...string[]];
  const child = spawn(command, words, {
    // In a group of its own: a signal from the keyboard is the server's business, and what it starts ends with it.
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', board.descriptor, report.descriptor],
  });
  if (child.pid !== undefined) preferForKilling(child.pid);
  return child;
}

/** Leaves out what is about the program of this process, or would have the worker wait for a debugger. */
function inheritArguments(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) =>
      !/^--(?:inspect|watch|test)/.test(word) && !isEvaluated(word) && !isEvaluated(words[index - 1]),
  );
}

function isEvaluated(word: string | undefined): boolean {
  return /^(?:-e|-p|-pe|--eval|--print)$/.test(word ?? '');
}

/**
 * A worker sees the end of the server, unless it is in the middle of something: that the kernel sees to. It does so for
 * all processes of a container whose first one ends; elsewhere on Linux a program of util-linux asks for it.
 */
function dieWithParent(): readonly string[] {
  if (process.pid === 1) return [];
  try {
    const file = realpathSync('/usr/bin/setpriv');
    // Where it is a part of busybox, it knows no such option.
    return file.endsWith('/setpriv') ? [file, '--pdeathsig', 'KILL', '--'] : [];
  } catch {
    return [];
  }
}

/** Stands for a worker that could not be started. */
function createFailedHost(error: unknown): WorkerHost {
  const reason = createEndError(`it could not be started: ${describeThrown(error)}`, { cause: error });
  return {
    board: createJobBoard(),
    takesBodies: false,
    send: () => undefined,
    ended: Promise.resolve({ reason }),
    stop: () => Promise.resolve(),
    measureMemory: async () => ({ heap: 0, external: 0 }),
    measureResident: () => 0,
    measureSeparate: () => 0,
    kill: () => undefined,
  };
}
