/**
 * Asks the processes of a run to stop, and leaves none behind. After a request what the first process has left has
 * until the deadline to end by itself, for it may be saving; without one it is killed at once.
 */

import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { findReaders } from './find-readers.ts';
import { createRunProcesses, hasSignal, type RunProcess } from './run-processes.ts';

export interface StopOptions {
  /** Aborting it asks the run to stop; the reason may name `SIGINT`, which is then sent instead of SIGTERM. */
  readonly signal: AbortSignal;
  /** From the request to stop to SIGKILL. */
  readonly stopTimeoutMs: number;
  /**
   * Chooses the processes that get the stop signal, where there are any; default all. For a launcher that would itself
   * kill what is still saving.
   */
  readonly isTold?: ((pid: number) => boolean) | undefined;
}

/** How the processes of a run went. */
export interface RunEnding {
  readonly stopRequested: boolean;
  /** What the deadline met. */
  readonly cutOff: 'first process' | 'leftovers' | undefined;
  /** Those that had to be killed, but for the first. */
  readonly leftovers: readonly RunProcess[];
}

/** Nothing tells of the end of a process that is not a child: it is looked for this often. */
const lookMs = 100;

/** Stops the run of `child`, which leads its process group, when `signal` aborts; `end` is called once, when the child has ended. */
export function stopRunOnAbort(child: ChildProcess, runId: string, options: StopOptions) {
  const { signal, stopTimeoutMs, isTold } = options;
  const group = child.pid as number;
  const processes = createRunProcesses(runId, group);
  let deadline: { readonly timeMs: number; readonly timer: NodeJS.Timeout } | undefined;
  let cutOff: RunEnding['cutOff'];
  const killed = new Map<number, RunProcess>();

  function stop() {
    const name = chooseStopSignal(signal);
    // Looked for first: what a stopped process starts is to stay.
    const all = processes.list();
    const told = isTold === undefined ? [] : all.filter(({ pid }) => isTold(pid));
    if (told.length > 0) tell(told, name);
    else tell(all, name, group);
    const timer = setTimeout(() => {
      cutOff = 'first process';
      killAll();
    }, stopTimeoutMs);
    deadline = { timeMs: performance.now() + stopTimeoutMs, timer };
  }

  function killAll() {
    for (const left of processes.list()) killed.set(left.pid, left);
    kill(-group, 'SIGKILL');
    for (const pid of killed.keys()) kill(pid, 'SIGKILL');
    killed.delete(group);
  }

  async function end(): Promise<RunEnding> {
    signal.removeEventListener('abort', stop);
    clearTimeout(deadline?.timer);
    const isWaiting = () => cutOff === undefined && performance.now() < (deadline?.timeMs ?? 0);
    while (isWaiting() && processes.list().length > 0) await wait(lookMs);
    killAll();
    if (deadline !== undefined && killed.size > 0) cutOff ??= 'leftovers';
    return { stopRequested: deadline !== undefined, cutOff, leftovers: [...killed.values()] };
  }

  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return { end };
}

export function chooseStopSignal({ reason }: AbortSignal): NodeJS.Signals {
  return reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

/**
 * Sends a stop signal to each of the processes that do not end with their input, or SIGTERM to those that cannot hear
 * it; and to all of `group`, whatever it starts meanwhile.
 */
export function tell(processes: readonly RunProcess[], signal: NodeJS.Signals, group?: number): void {
  const readers = findReaders(processes, signal);
  // The signal to a group spares nobody.
  const isWhole = group !== undefined && readers.size === 0;
  if (isWhole) kill(-group, signal);
  for (const other of processes) {
    // As background jobs of a shell are to SIGINT.
    const isDeaf = signal === 'SIGINT' && hasSignal(other.pid, 'ignored', signal);
    const isToldWithGroup = isWhole && other.group === group && !isDeaf;
    if (!readers.has(other) && !isToldWithGroup) kill(other.pid, isDeaf ? 'SIGTERM' : signal);
  }
}

/** A process that has already ended is not an error, nor is one of another user. */
function kill(pidOrGroup: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pidOrGroup, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
