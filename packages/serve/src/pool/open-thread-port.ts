/** The port of a worker in a thread. */

import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createJobBoard } from './job-board.ts';
import { keepOutput } from './keep-output.ts';
import type { FromWorker, WorkerData } from './worker-messages.ts';
import type { OpenPort } from './worker-port.ts';

export const openThreadPort: OpenPort = (receive) => {
  const { source, board } = workerData as WorkerData;
  keepOutput();
  parentPort?.on('message', receive);
  const kernelId = readKernelId();
  if (kernelId !== undefined) parentPort?.postMessage({ type: 'thread', kernelId } satisfies FromWorker);
  return {
    source,
    board: createJobBoard(board),
    send: (message, transfer = []) => parentPort?.postMessage(message, transfer),
  };
};

/** Linux only. */
function readKernelId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return undefined;
  }
}
