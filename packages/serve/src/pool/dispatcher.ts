/** Gives the waiting invocations to the workers: the oldest first, to the worker with the least to do. */

import type { ServeError } from '../errors.ts';
import { LinkedList } from '../linked-list.ts';
import type { Job } from './job.ts';
import type { PoolWorker } from './pool-worker.ts';

export interface Dispatcher {
  readonly workers: ReadonlySet<PoolWorker>;
  submit(job: Job): void;
  add(worker: PoolWorker): void;
  /** Takes out a worker; what it had not begun waits again, in front of the others. */
  remove(worker: PoolWorker, untouched: readonly Job[]): void;
  /** Lets jobs that no worker has begun wait again, in front of the others. */
  giveBack(jobs: readonly Job[]): void;
  /** Gives out as much as there is room for. */
  dispatch(): void;
  /** Ends the wait of all that no worker has. */
  rejectAll(reason: ServeError): void;
}

export function createDispatcher(now: () => number = () => performance.now()): Dispatcher {
  const workers = new Set<PoolWorker>();
  const returned = new LinkedList<Job>();
  const waiting = new LinkedList<Job>();
  let isPlanned = false;

  const dispatch = () => {
    isPlanned = false;
    const nowMs = now();
    startReserved(workers, nowMs);
    giveOut(returned, workers, nowMs);
    if (returned.size === 0) giveOut(waiting, workers, nowMs);
    for (const worker of workers) worker.flush();
  };
  const wait = (queue: LinkedList<Job>, job: Job) => {
    queue.add(job);
    job.cancellation.onCancel(() => {
      queue.remove(job);
      for (const worker of workers) if (worker.reservedFor === job) worker.reservedFor = undefined;
    });
  };
  // After all requests that the kernel has for us now: those for one worker travel in one message.
  const plan = () => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(dispatch);
  };
  return {
    workers,
    submit(job) {
      wait(waiting, job);
      plan();
    },
    add(worker) {
      workers.add(worker);
      plan();
    },
    remove(worker, untouched) {
      workers.delete(worker);
      if (worker.reservedFor !== undefined) wait(returned, worker.reservedFor);
      for (const job of untouched) wait(returned, job);
      plan();
    },
    giveBack(jobs) {
      for (const job of jobs) wait(returned, job);
      plan();
    },
    dispatch,
    rejectAll(reason) {
      for (const queue of [returned, waiting]) {
        for (const job of queue) {
          queue.remove(job);
          job.reject(reason);
        }
      }
    },
  };
}

/** In order, as far as there is room; nothing overtakes. */
function giveOut(queue: LinkedList<Job>, workers: ReadonlySet<PoolWorker>, nowMs: number): void {
  for (const job of queue) {
    const worker = chooseWorker(workers);
    if (worker === undefined) return;
    queue.remove(job);
    if (job.suspect === undefined) worker.take(job, nowMs);
    else {
      worker.reservedFor = job;
      startReserved([worker], nowMs);
    }
  }
}

/** A suspect is worked on alone: its worker gets nothing before or beside it. */
function startReserved(workers: Iterable<PoolWorker>, nowMs: number): void {
  for (const worker of workers) {
    const job = worker.reservedFor;
    if (job === undefined || worker.load > 0 || !worker.isReady) continue;
    worker.take(job, nowMs);
  }
}

function chooseWorker(workers: ReadonlySet<PoolWorker>): PoolWorker | undefined {
  let chosen: PoolWorker | undefined;
  for (const worker of workers) {
    if (worker.hasRoom && (chosen === undefined || worker.load < chosen.load)) chosen = worker;
  }
  return chosen;
}
