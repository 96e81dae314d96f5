/** Watches a running job from outside: its event loop, and the disks that it may fill. */

import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import type { JobContext } from '../job/job-context.ts';
import { watchDisk } from '../resources/watch-disk.ts';
import { watchEventLoop } from './watch-event-loop.ts';

/** Watches until `child` ends; its event loop from when `answering` resolves. */
export function watchJob(
  child: ChildProcess,
  answering: Promise<void>,
  { paths, environment, writeLine }: JobContext,
): void {
  const log = createSupervisorLog({ environment, writeLine });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  if (child.exitCode !== null || child.signalCode !== null) ended.abort();
  void answering.then(() => watchEventLoop(child, { log }));
  // They may be mounts of their own.
  const directories = [
    paths.root,
    paths.model,
    paths.outputData,
    paths.checkpoints,
    paths.inputData,
    tmpdir(),
  ];
  watchDisk(directories, { signal: ended.signal, warn: log.warn });
}
