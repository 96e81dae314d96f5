/** Starts a worker in a thread; the only place where one is started. */

import process from 'node:process';
import type { Worker } from 'node:worker_threads';
import { readResidentBytes } from '@optml/contract/resources';
import { describeThrown } from '../errors/describe-thrown.ts';
import type { ServeError } from '../errors/errors.ts';
import { noteEndedThread } from './collect-ended.ts';
import { endThread } from './end-thread.ts';
import { createJobBoard } from './job-board.ts';
import { noteThread } from './running-threads.ts';
import {
  createEndError,
  type HostEnd,
  type HostOptions,
  type StartHost,
  semiSpaceMiB,
  type WorkerHost,
  waitForStop,
  youngHeapMiB,
} from './worker-host.ts';
import type { FromWorker, WorkerData } from './worker-messages.ts';

/** What a thread has to end; then it counts as lost. */
const endTimeoutMs = 3_000;
/** The same after it had its time to unload: the platform does not wait for longer. */
const lastTimeoutMs = 300;

/**
 * V8 ends the whole process when one allocation goes beyond a thread's limit, and the thread only when it gets there
 * in small steps. So its limit is set far above the one that is meant, which is watched from outside.
 */
const headroomMiB = 4_096;

export const startThread: StartHost = (options, receive) => {
  const board = createJobBoard();
  const worker = createThread(options, { source: options.source, board: board.memory });
  noteThread(worker);
  const ended = Promise.withResolvers<HostEnd>();
  const gone = Promise.withResolvers<void>();
  let endError: ServeError | undefined;
  let stopping: Promise<void> | undefined;
  let kernelId: string | undefined;
  let losing: NodeJS.Timeout | undefined;
  const lose = (reason: ServeError) => {
    // It is not to keep the process alive.
    worker.unref();
    ended.resolve({ reason, gone: gone.promise });
  };
  const end = (reason: string, timeoutMs: number, isUrgent: boolean) => {
    if (losing !== undefined) return;
    const error = createEndError(reason, { isMemory: isUrgent });
    endError ??= error;
    void endThread(worker, { kernelId, isUrgent });
    losing = setTimeout(() => lose(error), timeoutMs);
  };
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'thread') kernelId = message.kernelId;
    else receive(message);
  });
  worker.on('error', (error: unknown) => {
    const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    endError ??= createEndError(describeThrown(error), { isMemory, cause: error });
  });
  worker.on('exit', (exitCode) => {
    clearTimeout(losing);
    ended.resolve({ reason: endError ?? createEndError(`exit code ${exitCode}`) });
    gone.resolve();
    noteEndedThread();
  });
  const send: WorkerHost['send'] = (message, transfer = []) => worker.postMessage(message, transfer);
  return {
    board,
    takesBodies: true,
    send,
    ended: ended.promise,
    stop() {
      const cut = () => {
        // One that was to end before has had its time.
        if (losing !== undefined && endError !== undefined) lose(endError);
        else end('it did not stop', lastTimeoutMs, false);
      };
      if (stopping === undefined) send({ type: 'stop' });
      stopping ??= waitForStop(ended.promise, cut);
      return stopping;
    },
    measureMemory: () => measureMemory(worker),
    measureResident: readResidentBytes,
    measureSeparate: () => 0,
    kill: (reason, isUrgent = false) => end(reason, endTimeoutMs, isUrgent),
  };
};

async function measureMemory(worker: Worker) {
  const { used_heap_size: heap, external_memory: external = 0 } = await worker.getHeapStatistics();
  return { heap, external };
}

function createThread({ maximumHeapMiB }: HostOptions, workerData: WorkerData): Worker {
  // Loaded only here: a model in a process, or in the thread that answers HTTP, needs neither.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // Flags of the process that threads look at when they start.
  setFlagsFromString(`--min-semi-space-size=${semiSpaceMiB}`);
  // V8 would take what NODE_OPTIONS says for the limit of each thread, too, and end the process where one gets there. The
  // heap of this thread has its limit already.
  for (const flag of ['--max-old-space-size=0', '--max-heap-size=0']) setFlagsFromString(flag);
  return new Worker(new URL('./serving-worker.js', import.meta.url), {
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(maximumHeapMiB) + headroomMiB,
      maxYoungGenerationSizeMb: youngHeapMiB,
    },
  });
}
