/** The port of a worker in a thread. */

import { parentPort, workerData } from 'node:worker_threads';
import { createJobBoard } from './job-board.ts';
import { keepOutput } from './keep-output.ts';
import type { WorkerData } from './worker-messages.ts';
import type { OpenPort } from './worker-port.ts';

export const openThreadPort: OpenPort = (receive) => {
  const { source, board } = workerData as WorkerData;
  keepOutput();
  parentPort?.on('message', receive);
  return {
    source,
    board: createJobBoard(board),
    send: (message, transfer = []) => parentPort?.postMessage(message, transfer),
  };
};
