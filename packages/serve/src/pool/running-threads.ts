/**
 * Lets a process end while a thread of it is stuck.
 *
 * At the end of a process Node terminates its threads and waits for them: for ever when one never returns from a native
 * call, and with an abort when an addon throws that returns to a thread that is gone. Whoever ends the process, by
 * `process.exit`, by an error or because nothing is left to do, has chosen the exit code by then and cannot know of the
 * threads, so it is seen to here: another program takes the place of this one, and ends at once with the same code.
 */

import process from 'node:process';
import type { Worker } from 'node:worker_threads';

const running = new Set<Worker>();

/** Notes a thread until it has ended. */
export function noteThread(worker: Worker): void {
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
  // Behind all listeners that there are: none after it would be called.
  process.off('exit', leave).on('exit', leave);
}

function leave(exitCode: number): void {
  if (running.size === 0 || process.execve === undefined) return;
  // Without the variables, of which NODE_OPTIONS would load what this program has loaded.
  process.execve(process.execPath, [process.execPath, '-e', `process.exitCode = ${exitCode}`], {});
}
