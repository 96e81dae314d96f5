/**
 * Starts every process of a job: an argv array and no shell, its own process group, a stop signal when a stop is
 * requested, SIGKILL when the deadline has passed, and nothing left behind.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { ProcessEnding } from '../failures/explanation.ts';
import { readStopSignal } from '../failures/read-ending-signal.ts';
import { runVariable } from '../job/child-start.ts';
import { isMessage } from '../job/messages.ts';
import type { ProcessCommand } from '../programs/process-command.ts';
import { type Output, type OutputTargets, openOutput } from './open-output.ts';
import { createRunId, type RunProcess } from './run-processes.ts';
import { chooseStopSignal, type RunEnding, type StopOptions, stopRunOnAbort } from './stop-run.ts';

export interface SupervisionOptions extends StopOptions, OutputTargets {
  /** True in the first process of a container, which inherits the orphans of all others. */
  readonly reapOrphans?: boolean | undefined;
  /** Called when the process runs, with what talks to it. */
  readonly onStart?: ((child: ChildProcess) => void) | undefined;
}

/** How a supervised process ended. */
export interface Ending extends ProcessEnding {
  /** True when a stop had been requested. */
  readonly stopRequested: boolean;
  /** The last lines of standard output, but where that is a terminal. */
  readonly lastOutputLines: readonly string[];
  /** Processes that it had started and that had to be killed. */
  readonly leftovers: readonly RunProcess[];
}

/** How long a slow reader may take for what a process has written before it ended. */
const drainMs = 10_000;

/** Runs a process until it ends; a refused start is an ending too. */
export async function superviseProcess(
  command: ProcessCommand,
  options: SupervisionOptions,
): Promise<Ending> {
  if (options.reapOrphans !== true) return supervise(command, options);
  const { canReap, putReaperInFront } = await import('./reaper.ts');
  if (!(await canReap())) return supervise(command, options);
  let isRefused = false;
  const ending = await supervise(putReaperInFront(command), {
    ...options,
    onStart(child) {
      (child.stdio.at(-1) as Readable).on('data', () => {
        isRefused = true;
      });
      options.onStart?.(child);
    },
  });
  // What the system refuses to start it refuses again, and then says why.
  return isRefused ? supervise(command, options) : ending;
}

async function supervise(command: ProcessCommand, options: SupervisionOptions): Promise<Ending> {
  const { runId = createRunId() } = command;
  const output = await openOutput(options, command.output ?? 'pipe');
  let child: ChildProcess;
  try {
    child = start(command, runId, output);
    await once(child, 'spawn');
  } catch (error) {
    // Arguments and variables that are too large are refused at once, everything else through the event.
    return { ...notStarted, startError: error as NodeJS.ErrnoException };
  } finally {
    output.closeWriteEnds();
  }
  const closed = Promise.all([once(child, 'close'), output.passedOn]);
  options.onStart?.(child);
  const run = stopRunOnAbort(child, runId, options);
  let hasEndedWell = false;
  child.on('message', (message) => {
    hasEndedWell ||= isMessage(message) && message.kind === 'optml:ended';
  });
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const ended = await run.end();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
  const { stopRequested, leftovers } = ended;
  const how = judgeEnding({ exitCode, signal }, ended, hasEndedWell);
  const [lastErrorLines, lastOutputLines] = [output.lastErrorLines(), output.lastOutputLines()];
  return { ...how, stopRequested, lastErrorLines, lastOutputLines, leftovers };
}

type FirstEnding = Pick<Ending, 'exitCode' | 'signal'>;

/** The ending of the first process is that of the run, but where a stop makes another of it. */
function judgeEnding(
  first: FirstEnding,
  { stopRequested, cutOff }: RunEnding,
  hasEndedWell: boolean,
): FirstEnding & Pick<Ending, 'timedOut'> {
  if (!stopRequested || cutOff === 'first process') return { ...first, timedOut: stopRequested };
  // Node stops listening to signals before it is gone: a stop that comes so late ends a process that has done its work.
  if (hasEndedWell && first.signal !== null) return { exitCode: 0, signal: null, timedOut: false };
  // What the stop had ended first was not the one that did the work: that one was killed.
  const timedOut = cutOff === 'leftovers' && readStopSignal(first) !== undefined;
  return timedOut ? { exitCode: null, signal: 'SIGKILL', timedOut } : { ...first, timedOut };
}

/** The ending of a process that never ran. */
export const notStarted = {
  exitCode: null,
  signal: null,
  stopRequested: false,
  timedOut: false,
  lastErrorLines: [],
  lastOutputLines: [],
  leftovers: [],
} satisfies Ending;

/** The ending of a process that was not started because the stop came first: as if the signal had ended it. */
export function createStoppedEnding(signal: AbortSignal): Ending {
  return { ...notStarted, signal: chooseStopSignal(signal), stopRequested: true };
}

function start(command: ProcessCommand, runId: string, output: Output): ChildProcess {
  const stdio: StdioOptions = ['ignore', ...output.stdio];
  if (command.hasChannel) stdio.push('ipc');
  if (command.hasReport === true) stdio.push('pipe');
  const child = spawn(command.file, command.arguments, {
    cwd: command.workingDirectory,
    detached: true,
    env: { ...command.environment, [runVariable]: runId },
    stdio,
  });
  output.attach(child);
  return child;
}
