/** Watches a running job from outside: its event loop, and the disks that it may fill. */

import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import { watchDisk } from '../resources/watch-disk.ts';
import type { Job } from './prepare-launch.ts';
import { watchEventLoop } from './watch-event-loop.ts';

/** Watches until `child` ends; its event loop from when `answering` resolves. */
export function watchJob(child: ChildProcess, answering: Promise<void>, job: Job): void {
  const { root, model, outputData, checkpoints, inputData } = job.paths;
  const log = createSupervisorLog(job);
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  if (child.exitCode !== null || child.signalCode !== null) ended.abort();
  void answering.then(() => watchEventLoop(child, { log, blockedAfterMs: job.blockedAfterMs }));
  // They may be mounts of their own.
  const directories = [root, model, outputData, checkpoints, inputData, tmpdir()];
  watchDisk(directories, { signal: ended.signal, warn: log.warn });
}
