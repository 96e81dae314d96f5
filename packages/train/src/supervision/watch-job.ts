/** Watches a running job from outside: its event loop, and the disks that it may fill. */

import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { Launch } from '../prepare-launch.ts';
import { watchDisk } from '../resources/watch-disk.ts';
import type { JobContext } from '../supervise-training.ts';
import { createSupervisorLog } from './create-supervisor-log.ts';
import { isMessage } from './messages.ts';
import { watchEventLoop } from './watch-event-loop.ts';

export function watchJob(
  child: ChildProcess,
  launch: Launch,
  { paths, environment, writeLine }: JobContext,
): void {
  const log = createSupervisorLog(environment, writeLine);
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  if (child.exitCode !== null || child.signalCode !== null) ended.abort();
  if (launch.program.kind === 'definition') watchEventLoop(child, { log });
  // A program answers nobody, unless it turns out to be a definition, which says so.
  else child.once('message', (message) => isMessage(message) && watchEventLoop(child, { log }));
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
