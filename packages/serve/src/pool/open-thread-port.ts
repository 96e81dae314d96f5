/** The port of a worker in a thread. */

import { readlinkSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createJobBoard } from './job-board.ts';
import { keepOutput } from './keep-output.ts';
import { reportAddons } from './report-addons.ts';
import type { FromWorker, WorkerData } from './worker-messages.ts';
import type { OpenPort } from './worker-port.ts';

export const openThreadPort: OpenPort = (receive) => {
  const { source, board } = workerData as WorkerData;
  keepOutput();
  const post = takePost(parentPort);
  parentPort?.on('message', receive);
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => post(message, transfer);
  const kernelId = readKernelId();
  if (kernelId !== undefined) send({ type: 'thread', kernelId });
  reportAddons((file) => send({ type: 'addon', file }));
  return { source, board: createJobBoard(board), send };
};

/** Takes the way to the server from all other code of the thread: what a library sends to its parent is for others. */
function takePost(port: MessagePort | null): MessagePort['postMessage'] {
  if (port === null) throw new Error('only the server starts serving-worker');
  const post = port.postMessage.bind(port);
  port.postMessage = () => undefined;
  return post;
}

/** Linux only. */
function readKernelId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return undefined;
  }
}
