/** Looks after workers that are busy: moves what waits behind a long prediction, ends what is stuck or takes all memory. */

import { readResidentBytes } from '@optml/contract/resources';
import type { Dispatcher } from './dispatcher.ts';
import type { LostWorkers } from './lost-workers.ts';
import type { PoolWorker } from './pool-worker.ts';

export interface WatchOptions {
  /** The time for one invocation. */
  readonly timeoutMs: number;
  /** What the whole process may use before the kernel ends it. */
  readonly memoryBytes: number;
  readonly lost: LostWorkers;
  /** What the largest busy workers of all models of the process hold; default no others. */
  readonly holders?: Set<() => number> | undefined;
  /** Between two questions for a sign of life, and for the word of the author's health check. */
  readonly checkMs: number;
}

const lookMs = 20;
/** Two looks without a sign of life: the worker is in the middle of something. */
const busyMs = 2 * lookMs;
/** So long without one while another worker goes on, and nothing more is given to it. */
const stuckMs = 10 * lookMs;
/** Memory is measured less often: the answer interrupts the worker. */
const looksPerMeasure = 3;
/** Of the memory of the container, what may be in use before a worker is ended rather than everything. */
export const memoryShare = 0.92;
/** What a worker has to notice that an invocation is over. */
const graceMs = 1_000;

/** Watches the workers of a dispatcher until it is stopped. */
export function watchWorkers(
  dispatcher: Dispatcher,
  { timeoutMs, memoryBytes, lost, holders = new Set(), checkMs }: WatchOptions,
) {
  const measureSilence = createSilenceMeter();
  let looking: NodeJS.Timeout | undefined;
  let looks = 0;
  let restingBytes: number | undefined;
  const look = () => {
    const nowMs = performance.now();
    // What waits for a worker to be started is begun without another call of `start`.
    let isBusy = dispatcher.hasWaiting;
    looks += 1;
    for (const worker of dispatcher.workers) {
      const silenceMs = measureSilence(worker, nowMs);
      worker.isStuck = worker.load > 0 && Math.min(silenceMs, nowMs - worker.busySinceMs) > stuckMs;
      const overdue = silenceMs > graceMs ? findOverdue(worker, { silenceMs, nowMs }) : undefined;
      if (overdue !== undefined) worker.kill(overdue);
      else if (silenceMs > busyMs) moveWaiting(worker, dispatcher);
      if (looks % looksPerMeasure === 0) void worker.limitHeap();
      isBusy ||= isOccupied(worker);
    }
    // One look later: the answers are here, and are not old.
    if (looks % looksPerMeasure === 1) {
      const facts = { memoryBytes, restingBytes, lostBytes: lost.heldBytes, holders };
      limitMemory(dispatcher, sumResident(dispatcher.workers), facts);
    }
    if (!isBusy) stopLooking();
  };
  const stopLooking = () => {
    clearInterval(looking);
    looking = undefined;
  };
  const measureLargest = () => (looking === undefined ? 0 : findLargest(dispatcher));
  holders.add(measureLargest);
  const checking = setInterval(() => {
    for (const worker of dispatcher.workers) {
      const silenceMs = measureSilence(worker, performance.now());
      if (silenceMs > timeoutMs + checkMs)
        worker.kill(`it gave no sign of life for ${Math.round(silenceMs)} ms`);
      else worker.check();
    }
  }, checkMs).unref();
  return {
    /** Called with every job; looking costs nothing while there is nothing to do. */
    start(): void {
      restingBytes ??= sumResident(dispatcher.workers);
      looking ??= setInterval(look, lookMs).unref();
    },
    stop(): void {
      stopLooking();
      holders.delete(measureLargest);
      clearInterval(checking);
    },
  };
}

/** Says what a worker that gives no sign of life has not noticed to be over. */
function findOverdue(
  worker: PoolWorker,
  { silenceMs, nowMs }: { readonly silenceMs: number; readonly nowMs: number },
): string | undefined {
  const overdueMs = nowMs - worker.overdueSinceMs;
  if (overdueMs > graceMs)
    return `it was still busy ${Math.round(overdueMs)} ms after the time of an invocation was over`;
  const silent = `it gave no sign of life for ${Math.round(silenceMs)} ms`;
  if (nowMs - worker.connectionsOverdueSinceMs > graceMs) return `${silent}, and a connection is over`;
  if (nowMs - worker.adaptersOverdueSinceMs > graceMs) return `${silent}, and the load of an adapter is over`;
  return undefined;
}

/** Whether it has anything that may need a look. */
function isOccupied(worker: PoolWorker): boolean {
  return (
    worker.load > 0 ||
    worker.connectionCount > 0 ||
    worker.hasUnnoticedConnections ||
    worker.adapters.isBusy ||
    worker.overdueSinceMs < Number.POSITIVE_INFINITY
  );
}

/** Creates the function that says for how long a worker has given no sign of life. */
function createSilenceMeter() {
  const signs = new WeakMap<PoolWorker, { readonly count: number; readonly sinceMs: number }>();
  return (worker: PoolWorker, nowMs: number): number => {
    const last = signs.get(worker);
    if (last !== undefined && last.count === worker.signs) return nowMs - last.sinceMs;
    signs.set(worker, { count: worker.signs, sinceMs: nowMs });
    return 0;
  };
}

/** The bytes of memory of this process and of those of the workers. */
export function sumResident(workers: Iterable<PoolWorker>): number {
  let bytes = readResidentBytes();
  for (const worker of workers) bytes += worker.measureSeparate();
  return bytes;
}

interface MemoryFacts {
  readonly memoryBytes: number;
  /** What the process used before its first invocation. */
  readonly restingBytes: number | undefined;
  /** What the largest holds of the lost workers that were to end for it. */
  readonly lostBytes: number;
  readonly holders: Iterable<() => number>;
}

/** One that is on its way out holds more than any other: its memory comes back later. */
function findLargest({ workers }: Dispatcher): number {
  const held = Array.from(workers, ({ isReady, heldBytes }) =>
    isReady ? heldBytes : Number.POSITIVE_INFINITY,
  );
  return Math.max(0, ...held);
}

/** Ends the worker that holds most before the kernel ends the process; one at a time, for its memory comes back later. */
function limitMemory(
  { workers }: Dispatcher,
  residentBytes: number,
  { memoryBytes, restingBytes = 0, lostBytes, holders }: MemoryFacts,
): void {
  const limitBytes = memoryBytes * memoryShare;
  if (residentBytes <= limitBytes) return;
  const all = [...workers];
  if (!all.every((worker) => worker.isReady)) return;
  const largest = all.reduce<PoolWorker | undefined>(
    (chosen, worker) => (chosen === undefined || worker.heldBytes > chosen.heldBytes ? worker : chosen),
    undefined,
  );
  // What holds most is on its way out already, or is another model's.
  const mostBytes = Math.max(lostBytes, ...Array.from(holders, (measure) => measure()));
  if (largest === undefined || largest.heldBytes < mostBytes) return;
  const [resident, memory, held] = [residentBytes, memoryBytes, largest.heldBytes].map((bytes) =>
    Math.round(bytes / 1024 ** 2),
  );
  const reason = `it holds the most, ${held} MiB of ${resident} MiB in use, and the limit is ${memory} MiB`;
  largest.killForMemory(reason, limitBytes - restingBytes);
}

/** Takes back what a busy worker has not begun, when there is an idle one for it, or any that goes on while it is stuck. */
function moveWaiting(worker: PoolWorker, dispatcher: Dispatcher): void {
  if (!worker.hasUntouched) return;
  const isBetter = (other: PoolWorker) =>
    other.hasRoom && (other.load === 0 || (worker.isStuck && !other.isStuck));
  if ([...dispatcher.workers].some(isBetter)) dispatcher.giveBack(worker.takeBack());
}
