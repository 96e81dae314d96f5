/** Looks after workers that are busy: moves what waits behind a long prediction, ends what is stuck or takes all memory. */

import type { Dispatcher } from './dispatcher.ts';
import type { PoolWorker } from './pool-worker.ts';

export interface WorkerWatch {
  /** Called with every job; looking costs nothing while there is nothing to do. */
  start(): void;
  stop(): void;
}

export interface WatchOptions {
  /** The time for one invocation. */
  readonly timeoutMs: number;
  /** Between two questions for a sign of life, and for the word of the author's health check. */
  readonly checkMs: number;
}

const lookMs = 20;
/** Two looks without a sign of life: the worker is in the middle of something. */
const busyMs = 2 * lookMs;
/** A heap is asked for its size less often: the answer interrupts the worker. */
const looksPerHeap = 3;
/** What a worker has to notice that an invocation is over. */
const graceMs = 1_000;

/** Watches the workers of a dispatcher until it is stopped. */
export function watchWorkers(
  dispatcher: Dispatcher,
  { timeoutMs, checkMs }: WatchOptions,
  now: () => number = () => performance.now(),
): WorkerWatch {
  const signs = new WeakMap<PoolWorker, { count: number; sinceMs: number }>();
  let looking: NodeJS.Timeout | undefined;
  let looks = 0;
  const measureSilence = (worker: PoolWorker, nowMs: number) => {
    const last = signs.get(worker);
    if (last !== undefined && last.count === worker.signs) return nowMs - last.sinceMs;
    signs.set(worker, { count: worker.signs, sinceMs: nowMs });
    return 0;
  };
  const look = () => {
    const nowMs = now();
    let isBusy = false;
    looks += 1;
    for (const worker of dispatcher.workers) {
      const silenceMs = measureSilence(worker, nowMs);
      const overdueMs = nowMs - worker.overdueSinceMs;
      if (overdueMs > graceMs && silenceMs > graceMs) {
        worker.kill(`it was still busy ${Math.round(overdueMs)} ms after the time of an invocation was over`);
      } else if (silenceMs > busyMs) moveWaiting(worker, dispatcher);
      if (looks % looksPerHeap === 0) void worker.limitHeap();
      isBusy ||= worker.load > 0 || worker.overdueSinceMs < Number.POSITIVE_INFINITY;
    }
    if (!isBusy) stopLooking();
  };
  const stopLooking = () => {
    clearInterval(looking);
    looking = undefined;
  };
  const checking = setInterval(() => {
    for (const worker of dispatcher.workers) {
      const silenceMs = measureSilence(worker, now());
      if (silenceMs > timeoutMs + checkMs)
        worker.kill(`it gave no sign of life for ${Math.round(silenceMs)} ms`);
      else worker.check();
    }
  }, checkMs).unref();
  return {
    start() {
      looking ??= setInterval(look, lookMs).unref();
    },
    stop() {
      stopLooking();
      clearInterval(checking);
    },
  };
}

/** Takes back what a busy worker has not begun, when there is an idle one for it. */
function moveWaiting(worker: PoolWorker, dispatcher: Dispatcher): void {
  if (!worker.hasUntouched) return;
  const isIdle = (other: PoolWorker) => other.hasRoom && other.load === 0;
  if (![...dispatcher.workers].some(isIdle)) return;
  dispatcher.giveBack(worker.takeBack());
}
