/**
 * Ends a thread without ending the process.
 *
 * A native addon that is in the middle of a call when its thread is terminated may throw in C++, which aborts the process.
 * So the thread is asked to exit, which it does between two calls. One that does not listen is terminated only once it is
 * seen to run JavaScript: it answers a question for its heap within microseconds then, and never during a native call.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { ToWorker } from './worker-messages.ts';

/**
 * One prompt answer proves nothing: it may have come between two native calls. So many in a row tell JavaScript from a loop
 * that spends half of its time in calls of 5 ms, with other programs competing for the CPUs.
 */
const neededAnswers = 20;
const promptMs = 0.3;
/** The last one must have come just now, for the next call may begin at any moment. */
const freshMs = 0.1;
/** A thread answers questions that come close together without going on in between. */
const shortestPauseMs = 1;
const longestPauseMs = 3;
/** Between questions to a thread that has not ended for a while. */
const patientPauseMs = 50;
const patientAfterMs = 2_000;
const mebibyte = 1024 ** 2;

export interface EndOptions {
  /** What the kernel calls the thread; `undefined` when it is not known. */
  readonly kernelId: string | undefined;
  /**
   * True when it takes the memory of all: then it is terminated, too, as soon as it is seen to take more, which JavaScript
   * does. Allocating it answers slowly.
   */
  readonly isUrgent: boolean;
}

/** Resolves when the thread has ended or is being terminated, which may be never. */
export async function endThread(worker: Worker, { kernelId, isUrgent }: EndOptions): Promise<void> {
  const message: ToWorker = { type: 'exit' };
  worker.postMessage(message);
  const startMs = performance.now();
  let heldBytes = Number.POSITIVE_INFINITY;
  for (let answers = 0, isFresh = false; answers < neededAnswers || !isFresh; ) {
    const isPatient = performance.now() - startMs > patientAfterMs;
    await wait(isPatient ? patientPauseMs : choosePause(), undefined, { ref: false });
    const answer = await ask(worker, kernelId);
    if (answer === undefined) return;
    if (isUrgent && answer.heldBytes > heldBytes + mebibyte) break;
    heldBytes = answer.heldBytes;
    if (answer.speed === 'prompt') answers += 1;
    if (answer.speed === 'slow') answers = 0;
    isFresh = answer.tookMs < freshMs;
  }
  await worker.terminate();
}

/** By chance, for a loop of native calls is not to be met at the same point each time. */
function choosePause(): number {
  return shortestPauseMs + Math.random() * (longestPauseMs - shortestPauseMs);
}

interface Answer {
  readonly tookMs: number;
  /** Unknown when this thread was busy itself, so that the answer may have been there for a while. */
  readonly speed: 'prompt' | 'slow' | 'unknown';
  /** The heap, buffers and typed arrays. */
  readonly heldBytes: number;
}

/** Gives `undefined` when the thread has ended. */
async function ask(worker: Worker, kernelId: string | undefined): Promise<Answer | undefined> {
  const measure = startClocks(kernelId);
  try {
    const { used_heap_size: heapBytes, external_memory: externalBytes = 0 } =
      await worker.getHeapStatistics();
    return { ...measure(), heldBytes: heapBytes + externalBytes };
  } catch {
    return undefined;
  }
}

/** Measures how long an answer takes; its speed does not count the time for which the thread waited for a CPU. */
function startClocks(kernelId: string | undefined): () => Pick<Answer, 'tookMs' | 'speed'> {
  const startQueuedMs = [readQueued(kernelId), readQueued('thread-self')] as const;
  const startMs = performance.now();
  const { idle: startIdleMs } = performance.eventLoopUtilization();
  return () => {
    const tookMs = performance.now() - startMs;
    if (tookMs < promptMs) return { tookMs, speed: 'prompt' };
    const queuedMs = readQueued(kernelId) - startQueuedMs[0];
    if (tookMs - queuedMs < promptMs) return { tookMs, speed: 'prompt' };
    const idleMs = performance.eventLoopUtilization().idle - startIdleMs;
    const ownQueuedMs = readQueued('thread-self') - startQueuedMs[1];
    return { tookMs, speed: idleMs - ownQueuedMs - queuedMs < promptMs ? 'unknown' : 'slow' };
  };
}

/** The milliseconds for which a thread has waited for a CPU so far; 0 on systems that do not tell. */
function readQueued(kernelId: string | undefined): number {
  if (kernelId === undefined) return 0;
  try {
    const [, queuedNs] = readFileSync(`/proc/${kernelId}/schedstat`, 'utf8').split(' ');
    return Number(queuedNs) / 1e6;
  } catch {
    return 0;
  }
}
