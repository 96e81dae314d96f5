/** Watches a running job from outside: its event loop, and the disks that it may fill. */

import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import type { JobContext } from '../job/job-context.ts';
import { watchDisk } from '../resources/watch-disk.ts';
import { watchEventLoop } from './watch-event-loop.ts';

/** Watches until `child` ends; its event loop from when `answering` resolves. */
export function watchJob(child: ChildProcess, answering: Promise<void>, context: JobContext): void {
  const { root, model, outputData, checkpoints, inputData } = context.paths;
  const log = createSupervisorLog(context);
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  if (child.exitCode !== null || child.signalCode !== null) ended.abort();
  void answering.then(() => watchEventLoop(child, { log }));
  // They may be mounts of their own.
  const directories = [root, model, outputData, checkpoints, inputData, tmpdir()];
  watchDisk(directories, { signal: ended.signal, warn: log.warn });
}
