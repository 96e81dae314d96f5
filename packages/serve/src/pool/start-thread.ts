/** Starts the thread of one worker; the only place where one is started. */

import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { describeThrown } from '../describe-thrown.ts';
import { ServeError } from '../errors.ts';
import type { FromWorker, ToWorker, WorkerData } from './worker-messages.ts';

/** How long a worker has to stop loading, or to unload, before its thread is ended. */
const stopTimeoutMs = 3_000;

export interface Thread {
  send(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  /** Resolves when the thread has ended, to how. */
  readonly ended: Promise<ServeError>;
  /** Lets the worker unload; resolves when the thread has ended. Only the first call counts. */
  stop(): Promise<void>;
  /** Measures what the thread holds, also one that is in the middle of something. */
  measureMemory(): Promise<ThreadMemory>;
  /** The bytes of memory that its process uses, which is this one. */
  measureResident(): number;
  /** Ends a thread that does not listen; `reason` is what it is said to have ended of. Only the first call counts. */
  kill(reason: string): void;
}

/** In bytes. */
export interface ThreadMemory {
  /** The JavaScript heap, garbage included. */
  readonly heap: number;
  /** What hangs on it, as the bytes of buffers and typed arrays. */
  readonly external: number;
}

/**
 * V8 ends the whole process when one allocation goes beyond a thread's limit, and the thread only when it gets there
 * in small steps. So its limit is set far above the one that is meant, which is watched from outside.
 */
const headroomMb = 4_096;
/** A request's garbage dies young: V8's default costs each worker 50 MB, and saves no time that could be measured. */
const youngHeapMb = 6;
/**
 * A third of it, which V8 otherwise begins with 1 MB of and does not let grow while requests keep what they hold: the
 * rows of a large body were copied eight times over, at four times the CPU time of reading them. It is a flag of the
 * process that threads look at when they start.
 */
const semiSpaceMb = youngHeapMb / 3;

/** Starts a thread whose JavaScript heap is meant to stay below `maximumHeapMb`. */
export function startThread(
  data: WorkerData,
  maximumHeapMb: number,
  receive: (message: FromWorker) => void,
): Thread {
  setFlagsFromString(`--min-semi-space-size=${semiSpaceMb}`);
  // V8 would take what NODE_OPTIONS says for the limit of each thread, too, and end the process where one gets there. The
  // heap of this thread has its limit already.
  for (const flag of ['--max-old-space-size=0', '--max-heap-size=0']) setFlagsFromString(flag);
  const worker = new Worker(new URL('./serving-worker.js', import.meta.url), {
    workerData: data,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(maximumHeapMb) + headroomMb,
      maxYoungGenerationSizeMb: youngHeapMb,
    },
  });
  const ended = Promise.withResolvers<ServeError>();
  let endError: ServeError | undefined;
  let stopping: Promise<void> | undefined;
  let isKilled = false;
  worker.on('message', receive);
  worker.on('error', (error) => {
    endError ??= createEndError(describeThrown(error), error);
  });
  worker.on('exit', (exitCode) => ended.resolve(endError ?? createEndError(`exit code ${exitCode}`)));
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    ended: ended.promise,
    stop() {
      stopping ??= stopWorker(worker, ended.promise);
      return stopping;
    },
    async measureMemory() {
      const { used_heap_size: heap, external_memory: external = 0 } = await worker.getHeapStatistics();
      return { heap, external };
    },
    measureResident: () => process.memoryUsage.rss(),
    kill(reason) {
      if (isKilled) return;
      isKilled = true;
      endError ??= createEndError(reason);
      void worker.terminate();
    },
  };
}

async function stopWorker(worker: Worker, ended: Promise<unknown>): Promise<void> {
  const message: ToWorker = { type: 'stop' };
  worker.postMessage(message);
  const timer = setTimeout(() => void worker.terminate(), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

function createEndError(reason: string, cause?: unknown): ServeError {
  const message = `the worker that runs the predictor ended unexpectedly: ${reason}`;
  return new ServeError('WORKER_EXITED', message, cause === undefined ? {} : { cause });
}
