/** Gives the waiting invocations to the workers: the oldest first, to the worker with the least to do. */

import { ServeError } from '../errors/errors.ts';
import { LinkedList } from '../invocation/linked-list.ts';
import type { Job } from './job.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { Quarantine } from './quarantine.ts';

export type Dispatcher = ReturnType<typeof createDispatcher>;

export function createDispatcher(quarantine: Quarantine, now: () => number = () => performance.now()) {
  const workers = new Set<PoolWorker>();
  const returned = new LinkedList<Job>();
  const waiting = new LinkedList<Job>();
  let isPlanned = false;

  /** In order, as far as there is room; nothing overtakes. */
  const giveOut = (queue: LinkedList<Job>) => {
    const nowMs = now();
    for (const job of queue) {
      const worker = chooseWorker(workers);
      if (worker === undefined) return;
      queue.remove(job);
      // Asked only now: while it waited, another one with its body may have ended a worker, or done no harm.
      const verdict = quarantine.judge(job);
      if (verdict instanceof ServeError) job.reject(verdict);
      else if (verdict === 'innocent') worker.take(job, nowMs);
      else {
        worker.reservedFor = job;
        startReserved([worker]);
      }
    }
  };
  const dispatch = () => {
    isPlanned = false;
    startReserved(workers);
    giveOut(returned);
    if (returned.size === 0) giveOut(waiting);
    for (const worker of workers) worker.flush();
  };
  const wait = (queue: LinkedList<Job>, job: Job) => {
    queue.add(job);
    job.cancellation.onCancel(() => {
      queue.remove(job);
      for (const worker of workers) {
        if (worker.reservedFor !== job) continue;
        worker.reservedFor = undefined;
        plan();
      }
    });
  };
  // After all requests that the kernel has for us now: those for one worker travel in one message.
  const plan = () => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(dispatch);
  };
  return {
    workers: workers as ReadonlySet<PoolWorker>,
    /** True while there is a job that no worker has begun to do. */
    get hasWaiting(): boolean {
      if (waiting.size + returned.size > 0) return true;
      for (const worker of workers) if (worker.reservedFor !== undefined) return true;
      return false;
    },
    submit(job: Job): void {
      wait(waiting, job);
      plan();
    },
    add(worker: PoolWorker): void {
      workers.add(worker);
      plan();
    },
    /** Takes out a worker; what it had not begun waits again, in front of the others. */
    remove(worker: PoolWorker, untouched: readonly Job[]): void {
      workers.delete(worker);
      if (worker.reservedFor !== undefined) wait(returned, worker.reservedFor);
      for (const job of untouched) wait(returned, job);
      plan();
    },
    /** Lets jobs that no worker has begun wait again, in front of the others. */
    giveBack(jobs: readonly Job[]): void {
      for (const job of jobs) wait(returned, job);
      plan();
    },
    /** Gives out as much as there is room for. */
    dispatch,
    /** Ends the wait of all that no worker has. */
    rejectAll(reason: ServeError): void {
      for (const queue of [returned, waiting]) {
        for (const job of queue) {
          queue.remove(job);
          job.reject(reason);
        }
      }
    },
  };
}

/** A suspect is worked on alone: its worker gets nothing before or beside it. */
function startReserved(workers: Iterable<PoolWorker>): void {
  for (const worker of workers) {
    if (worker.reservedFor !== undefined && worker.load === 0 && worker.isReady) worker.takeReserved();
  }
}

function chooseWorker(workers: ReadonlySet<PoolWorker>): PoolWorker | undefined {
  let chosen: PoolWorker | undefined;
  for (const worker of workers) {
    if (worker.hasRoom && (chosen === undefined || isBetter(worker, chosen))) chosen = worker;
  }
  return chosen;
}

function isBetter(worker: PoolWorker, other: PoolWorker): boolean {
  return worker.isStuck === other.isStuck ? worker.load < other.load : other.isStuck;
}
