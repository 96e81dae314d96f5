/**
 * The only place that starts a process, and the only ways it may: from an array of arguments and
 * never through a shell; in a process group of its own, so that a signal reaches all of it; ended by
 * SIGTERM, then by SIGKILL after the delay that the caller names. No member of the group outlives
 * the process that was started, as none outlives the first process of a container.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Environment } from '@optml/contract/environment';
import { CliError } from '../errors.ts';
import { handOverLines } from './hand-over-lines.ts';

/** A program and its arguments, and where it runs. */
export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
}

/** How a process ended. */
export interface Ending {
  /** 128 + the signal's number for a process that a signal ended, as a shell has it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  /** True when it had to be ended with SIGKILL by us. */
  readonly killed: boolean;
}

/** What becomes of a process's output, and what ends it. */
export interface SubprocessOptions {
  readonly environment: Environment;
  /** Goes to stdin, which is closed behind it; without it, stdin is empty. */
  readonly input?: string;
  /** Gets stdout and stderr in whole lines, `\n` included, one call at a time per stream; the last may lack its `\n`. */
  readonly onOutput: (lines: Buffer, source: 'stdout' | 'stderr') => Promise<void>;
  /** True when a line that is redrawn in place, as bars are, is to be handed over while it grows; default false. */
  readonly showsRedrawing?: boolean;
  /** SIGTERM now, SIGKILL after `stopTimeoutMs`. */
  readonly stop: AbortSignal;
  /** SIGKILL now. */
  readonly kill?: AbortSignal | undefined;
  readonly stopTimeoutMs: number;
}

/** A running process. */
export interface Subprocess {
  /** The number of its group, and of its first process. */
  readonly processGroup: number;
  /** Resolves when the process has ended and its output was handed over; never rejects. */
  readonly ended: Promise<Ending>;
}

/**
 * Starts `command`; resolves when it runs.
 *
 * @throws CliError `COMMAND_NOT_STARTED` with what to do.
 */
export async function startSubprocess(command: Command, options: SubprocessOptions): Promise<Subprocess> {
  const isNode = command.file === process.execPath;
  const child = spawn(command.file, command.arguments, {
    cwd: command.workingDirectory,
    env: options.environment,
    detached: true,
    shell: false,
    // A container whose command line is killed sees this channel close, and ends.
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', isNode ? 'ipc' : 'ignore'],
    windowsHide: true,
  });
  const exited = new Promise<ExitEvent>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw explainStart(command, cause as NodeJS.ErrnoException);
  }
  // A program need not read it.
  child.stdin?.on('error', () => {}).end(options.input);
  return { processGroup: child.pid as number, ended: follow(child, exited, options) };
}

interface ExitEvent {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

function explainStart(command: Command, cause: NodeJS.ErrnoException): CliError {
  const shown = [command.file, ...command.arguments].join(' ');
  const reasons: Record<string, string> = {
    ENOENT: `"${command.file}" was not found: give the path of a program or install it`,
    EACCES: `"${command.file}" is not executable: make it so, or put its interpreter before it`,
  };
  const reason = reasons[cause.code ?? ''] ?? `${cause.code ?? cause.message}`;
  return new CliError('COMMAND_NOT_STARTED', `cannot start "${shown}": ${reason}`, { cause });
}

async function follow(
  child: ChildProcess,
  exited: Promise<ExitEvent>,
  options: SubprocessOptions,
): Promise<Ending> {
  const outputs = (['stdout', 'stderr'] as const).map((source) =>
    handOverLines(child[source] as Readable, options, (lines) => options.onOutput(lines, source)),
  );
  const ending = endOnSignal(child, options);
  const { exitCode, signal } = await exited;
  ending.release();
  signalGroup(child, 'SIGKILL');
  for (const output of outputs) output.expectEnd();
  await Promise.all(outputs.map((output) => output.done));
  return {
    exitCode: exitCode ?? 128 + constants.signals[signal as NodeJS.Signals],
    signal: signal ?? undefined,
    killed: ending.killed(),
  };
}

function endOnSignal(child: ChildProcess, { stop, kill, stopTimeoutMs }: SubprocessOptions) {
  let killed = false;
  let timer: NodeJS.Timeout | undefined;
  const onKill = () => {
    killed = true;
    signalGroup(child, 'SIGKILL');
  };
  const onStop = () => {
    signalGroup(child, 'SIGTERM');
    timer = setTimeout(onKill, stopTimeoutMs);
  };
  stop.addEventListener('abort', onStop, { once: true });
  kill?.addEventListener('abort', onKill, { once: true });
  if (stop.aborted) onStop();
  if (kill?.aborted) onKill();
  return {
    killed: () => killed,
    release() {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      kill?.removeEventListener('abort', onKill);
    },
  };
}

/** The group bears the number of its first process; it is gone (ESRCH, on macOS EPERM) when nobody is left in it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
