/** How the code of a worker, wherever it runs, reaches the server. */

import type { ModelSource } from '../model/model-handle.ts';
import type { WorkerBoard } from './job-board.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

interface WorkerPort {
  readonly source: ModelSource;
  readonly board: WorkerBoard;
  /** Sends a message; what is in `transfer` is not the worker's any more. */
  send(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
}

/** Opens the port; `receive` is called with all that the server sends. */
export type OpenPort = (receive: (message: ToWorker) => void) => WorkerPort;
