/** The port of a worker in a process of its own. */

import process from 'node:process';
import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import { boardDescriptor, openBoardFile } from './board-file.ts';
import { openWorkerEnd } from './process-channel.ts';
import type { OpenPort } from './worker-port.ts';

export const openProcessPort: OpenPort = (receive) => {
  const [, , source] = process.argv;
  if (process.send === undefined || source === undefined) {
    throw new Error('only the server starts serving-worker');
  }
  // Whoever reads the log may leave; that is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const send = openWorkerEnd(receive);
  process.on('uncaughtExceptionMonitor', (error) => {
    send({ type: 'thrown', reason: describeThrown(error), cause: describeInFull(error) });
  });
  // The server has ended; so does this, at once, with all that it has started.
  process.on('disconnect', () => process.kill(0, 'SIGKILL'));
  return { source: JSON.parse(source), board: openBoardFile(boardDescriptor), send };
};
