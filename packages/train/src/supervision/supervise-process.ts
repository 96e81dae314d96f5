/**
 * The only place of this package that starts a process: an argv array and no shell, its own process group,
 * a stop signal when a stop is requested, SIGKILL when the deadline has passed, and nothing left behind.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Environment } from '@optml/contract';
import { createTail } from '../failures/tail-lines.ts';
import { findLeftovers, type Leftover, runVariable } from './find-leftovers.ts';
import { isMessage } from './messages.ts';
import { type ErrorPipe, openErrorPipe, openErrorSocket } from './open-error-pipe.ts';
import { createPassage, hasDescriptor } from './pass-on.ts';

/** What to start. */
export interface ProcessCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory?: string | undefined;
  readonly environment: Environment;
  /** True when it is Node with optml's code in it, which talks to its supervisor. */
  readonly hasChannel: boolean;
  /**
   * `pipe` (default) can be opened again by name (`/dev/stderr`), as shell programs do; `socket` is quicker to
   * start and to read.
   */
  readonly standardError?: 'pipe' | 'socket';
  /** True when it has one descriptor more, the last: a pipe to report on. */
  readonly hasReport?: boolean;
}

export interface SupervisionOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborting it asks the process to stop; the reason may name `SIGINT`, which is then sent instead of SIGTERM. */
  readonly signal: AbortSignal;
  /** From the request to stop to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** True in the first process of a container, which inherits the orphans of all others. */
  readonly reapOrphans?: boolean | undefined;
  /** Called when the process runs, with what talks to it. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** How a supervised process ended. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when a stop had been requested. */
  readonly stopRequested: boolean;
  /** True when the deadline passed and SIGKILL was sent. */
  readonly timedOut: boolean;
  /** The last lines that it wrote to standard error. */
  readonly lastErrorLines: readonly string[];
  /** Processes that it had started, that outlived it and were killed. */
  readonly leftovers: readonly Leftover[];
  /** The system's refusal to start it at all. */
  readonly startError?: NodeJS.ErrnoException;
}

/** How long a slow reader may take for what a process has written before it ended. */
const drainMs = 10_000;
const tailBytes = 16 * 1024;

/** Runs a process until it ends; a refused start is an ending too. */
export async function superviseProcess(
  command: ProcessCommand,
  options: SupervisionOptions,
): Promise<Ending> {
  if (options.reapOrphans === true) {
    const { canReap, superviseReaped } = await import('./reaper.ts');
    const supervise = (await canReap()) ? superviseReaped : superviseProcess;
    return supervise(command, { ...options, reapOrphans: false });
  }
  const runId = `${process.pid}-${performance.timeOrigin + performance.now()}`;
  const tail = createTail(tailBytes);
  const passage = createPassage(options.stderr, tail.push);
  const pipe = await (command.standardError === 'socket' ? openErrorSocket : openErrorPipe)(passage);
  let child: ChildProcess;
  try {
    child = start(command, runId, options, pipe?.writeEnd ?? 'pipe');
    if (pipe === undefined) child.stderr?.on('data', tail.push).pipe(options.stderr, { end: false });
    await once(child, 'spawn');
  } catch (error) {
    // Arguments and variables that are too large are refused at once, everything else through the event.
    return { ...notStarted, startError: error as NodeJS.ErrnoException };
  } finally {
    pipe?.closeWriteEnd();
  }
  const closed = Promise.all([once(child, 'close'), pipe?.passedOn]);
  options.onStart?.(child);
  const stopper = stopOnRequest(child, options);
  let hasEndedWell = false;
  child.on('message', (message) => {
    hasEndedWell ||= isMessage(message) && message.kind === 'optml:ended';
  });
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  stopper.dispose();
  const leftovers = killLeftovers(child, runId);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
  const { stopRequested, timedOut } = stopper;
  // Node stops listening to signals before it is gone: a stop that comes so late ends a process that has done its work.
  const isGood = hasEndedWell && stopRequested && !timedOut && signal !== null;
  const how = isGood ? { exitCode: 0, signal: null } : { exitCode, signal };
  return { ...how, stopRequested, timedOut, lastErrorLines: tail.lines(), leftovers };
}

const notStarted = {
  exitCode: null,
  signal: null,
  stopRequested: false,
  timedOut: false,
  lastErrorLines: [],
  leftovers: [],
} satisfies Ending;

/** The ending of a process that was not started because the stop came first: as if the signal had ended it. */
export function createStoppedEnding(signal: AbortSignal): Ending {
  return { ...notStarted, signal: chooseStopSignal(signal), stopRequested: true };
}

function chooseStopSignal({ reason }: AbortSignal): NodeJS.Signals {
  return reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

function start(
  command: ProcessCommand,
  runId: string,
  { stdout }: SupervisionOptions,
  stderr: ErrorPipe['writeEnd'] | 'pipe',
): ChildProcess {
  // A descriptor is handed over as it is: no copying, and a terminal stays one.
  const stdio: StdioOptions = ['ignore', hasDescriptor(stdout) ? stdout : 'pipe', stderr];
  if (command.hasChannel) stdio.push('ipc');
  if (command.hasReport === true) stdio.push('pipe');
  const child = spawn(command.file, command.arguments, {
    cwd: command.workingDirectory,
    detached: true,
    env: { ...command.environment, [runVariable]: runId },
    stdio,
  });
  child.stdout?.pipe(stdout, { end: false });
  return child;
}

function stopOnRequest(child: ChildProcess, { signal, stopTimeoutMs }: SupervisionOptions) {
  const group = -(child.pid as number);
  const state = { stopRequested: false, timedOut: false, dispose };
  let deadline: NodeJS.Timeout | undefined;
  const stop = () => {
    state.stopRequested = true;
    killIfAlive(group, chooseStopSignal(signal));
    deadline = setTimeout(() => {
      state.timedOut = true;
      killIfAlive(group, 'SIGKILL');
    }, stopTimeoutMs);
  };
  function dispose() {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return state;
}

/** Ends the process group, and those that have left it. */
function killLeftovers(child: ChildProcess, runId: string): readonly Leftover[] {
  const leftovers = findLeftovers(runId);
  killIfAlive(-(child.pid as number), 'SIGKILL');
  for (const { pid } of leftovers) killIfAlive(pid, 'SIGKILL');
  return leftovers;
}

/** What has already ended is no error. */
function killIfAlive(pidOrGroup: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pidOrGroup, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
