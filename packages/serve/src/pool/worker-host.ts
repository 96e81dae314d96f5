/** Where the code of a worker runs, as the server sees it: a thread of this process, or a process of its own. */

import { ServeError } from '../errors/errors.ts';
import { type ModelSource, stopTimeoutMs } from '../model/model-handle.ts';
import type { ServerBoard } from './job-board.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerHost {
  /** What the worker has begun. */
  readonly board: ServerBoard;
  /** True when large bodies are gone with their message: they are moved to the worker, not copied. */
  readonly takesBodies: boolean;
  /** Sends a message; what is in `transfer` is moved where that is possible. */
  send(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  /** Resolves when the worker has ended or is lost, to how. */
  readonly ended: Promise<HostEnd>;
  /** Lets the worker unload; resolves when it has ended. Only the first call counts. */
  stop(): Promise<void>;
  /** Measures what the worker holds, also one that is in the middle of something. */
  measureMemory(): Promise<WorkerMemory>;
  /** The bytes of memory that its process uses, which may be this one. */
  measureResident(): number;
  /** The same, of a process of its own only. */
  measureSeparate(): number;
  /**
   * Ends a worker that does not listen; `reason` is what it is said to have ended of. Urgent is the end of one that takes
   * the memory of all. Only the first call counts.
   */
  kill(reason: string, isUrgent?: boolean): void;
}

/** How a worker has ended. */
export interface HostEnd {
  readonly reason: ServeError;
  /** What memory has to do with it, if it is not the server that has ended it: it has filled its heap, or the kernel chose it. */
  readonly memory?: 'heap' | 'kernel' | undefined;
  /** Of a thread that is lost, for it does not end: resolves when it has. */
  readonly gone?: Promise<void> | undefined;
}

/** In bytes. */
export interface WorkerMemory {
  /** The JavaScript heap, garbage included; 0 where V8 itself sees to its limit. */
  readonly heap: number;
  /** The rest, as the bytes of buffers and typed arrays. */
  readonly external: number;
}

export interface HostOptions {
  readonly source: ModelSource;
  /** The most MiB of its JavaScript heap. */
  readonly maximumHeapMiB: number;
}

/** Starts a worker. */
export type StartHost = (options: HostOptions, receive: (message: FromWorker) => void) => WorkerHost;

/** Resolves when a worker that was told to stop has ended; calls `end` for one that takes too long. */
export async function waitForStop(ended: Promise<unknown>, end: () => void): Promise<void> {
  const timer = setTimeout(end, stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

/** A request's garbage dies young: V8's default costs each worker 50 MB, and saves no time that could be measured. */
export const youngHeapMiB = 6;
/**
 * A third of it, which V8 otherwise begins with 1 MB of and does not let grow while requests keep what they hold: the
 * rows of a large body were copied eight times over, at four times the CPU time of reading them.
 */
export const semiSpaceMiB = youngHeapMiB / 3;

interface EndFacts {
  /** True where it is known that the worker ended for want of memory; default false. */
  readonly isMemory?: boolean | undefined;
  readonly cause?: unknown;
}

/** The failure of all that a worker had begun when it ended. */
export function createEndError(reason: string, { isMemory = false, cause }: EndFacts = {}): ServeError {
  const message = `the worker that runs the predictor ended unexpectedly: ${reason}`;
  return new ServeError(isMemory ? 'WORKER_OUT_OF_MEMORY' : 'WORKER_EXITED', message, { cause });
}
