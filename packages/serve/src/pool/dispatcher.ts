/** Gives the waiting invocations to the workers: the oldest first, to the worker with the least to do. */

import { ServeError } from '../errors/errors.ts';
import type { Conversation, ConversationStart } from '../invocation/conversation.ts';
import { LinkedList } from '../invocation/linked-list.ts';
import { createConnectionsError } from '../model/model-handle.ts';
import type { Job } from './job.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { Quarantine } from './quarantine.ts';
import { SessionHolders } from './session-holders.ts';

export class Dispatcher {
  readonly #workers = new Set<PoolWorker>();
  readonly #quarantine: Quarantine;
  readonly #holders = new SessionHolders();
  readonly #returned = new LinkedList<Job>();
  readonly #waiting = new LinkedList<Job>();
  #isPlanned = false;

  constructor(quarantine: Quarantine) {
    this.#quarantine = quarantine;
  }

  get workers(): ReadonlySet<PoolWorker> {
    return this.#workers;
  }

  /** True while there is a job that no worker has begun to do. */
  get hasWaiting(): boolean {
    if (this.#waiting.size + this.#returned.size > 0) return true;
    for (const worker of this.#workers) if (worker.reservedFor !== undefined) return true;
    return false;
  }

  /** True while the worker of a session lives. */
  holdsSession(id: string): boolean {
    return this.#holders.has(id);
  }

  submit(job: Job): void {
    this.#wait(this.#waiting, job);
    this.#plan();
  }

  /**
   * Begins a conversation with the worker that has the fewest.
   *
   * @throws ServeError `MODEL_NOT_READY` while there is no worker, `QUEUE_FULL` when each has `maximum` of them
   */
  converse(start: ConversationStart, maximum: number): Conversation {
    const ready = [...this.#workers].filter((worker) => worker.isReady);
    if (ready.length === 0) throw createNoWorkerError();
    const [first, ...others] = ready.filter(({ connectionCount }) => connectionCount < maximum);
    if (first === undefined) throw createConnectionsError(maximum);
    return others.reduce(chooseForConversation, first).converse(start);
  }

  add(worker: PoolWorker): void {
    this.#workers.add(worker);
    this.#plan();
  }

  /** Takes out a worker; what it had not begun waits again, in front of the others. */
  remove(worker: PoolWorker, untouched: readonly Job[]): void {
    this.#workers.delete(worker);
    this.#holders.remove(worker);
    if (worker.reservedFor !== undefined) this.#wait(this.#returned, worker.reservedFor);
    this.giveBack(untouched);
  }

  /** Lets jobs that no worker has begun wait again, in front of the others. */
  giveBack(jobs: readonly Job[]): void {
    for (const job of jobs) this.#wait(this.#returned, job);
    this.#plan();
  }

  /** Ends the wait of all that no worker has. */
  rejectAll(reason: ServeError): void {
    for (const queue of [this.#returned, this.#waiting]) {
      for (const job of queue) {
        queue.remove(job);
        job.reject(reason);
      }
    }
  }

  #wait(queue: LinkedList<Job>, job: Job): void {
    queue.add(job);
    job.cancellation.onCancel(() => {
      queue.remove(job);
      for (const worker of this.#workers) {
        if (worker.reservedFor !== job) continue;
        worker.reservedFor = undefined;
        this.#plan();
      }
    });
  }

  /** After all requests that the kernel has for us now: those for one worker travel in one message. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(this.dispatch);
  }

  /** Gives out as much as there is room for. */
  readonly dispatch = (): void => {
    this.#isPlanned = false;
    startReserved(this.#workers);
    if (this.#giveOut(this.#returned)) this.#giveOut(this.#waiting);
    for (const worker of this.#workers) worker.flush();
  };

  /**
   * In order, as far as there is room: nothing overtakes but what does not wait for the worker of a session. False when
   * there is no room left.
   */
  #giveOut(queue: LinkedList<Job>): boolean {
    const nowMs = performance.now();
    for (const job of queue) {
      const holder = this.#holders.find(job);
      if (holder instanceof ServeError) {
        queue.remove(job);
        job.reject(holder);
        continue;
      }
      if (holder?.hasRoom === false) continue;
      const worker = holder ?? chooseWorker(this.#workers);
      if (worker === undefined) return false;
      queue.remove(job);
      // Asked only now: while it waited, another one with its body may have ended a worker, or done no harm.
      const verdict = this.#quarantine.judge(job);
      if (verdict instanceof ServeError) {
        job.reject(verdict);
        continue;
      }
      this.#holders.note(job, worker);
      if (verdict === 'innocent') worker.take(job, nowMs);
      else {
        worker.reservedFor = job;
        startReserved([worker]);
      }
    }
    return true;
  }
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

function chooseForConversation(one: PoolWorker, other: PoolWorker): PoolWorker {
  if (one.isStuck !== other.isStuck) return one.isStuck ? other : one;
  const [ones, others] = [one.connectionCount, other.connectionCount];
  return others < ones || (others === ones && other.load < one.load) ? other : one;
}

function createNoWorkerError(): ServeError {
  const message = 'the worker that runs the predictor has ended and is being replaced: try again later';
  return new ServeError('MODEL_NOT_READY', message);
}
