/** The jobs of one worker: those it has been sent, and those that were given up and that it may still be busy with. */

import type { ServeError } from '../errors/errors.ts';
import type { StreamEnd } from '../invocation/invocation.ts';
import { LinkedList } from '../invocation/linked-list.ts';
import { ownBytes } from '../invocation/own-bytes.ts';
import { PieceQueue } from '../invocation/piece-queue.ts';
import { isBound, isMoved, type Job } from './job.ts';
import { jobNumbers } from './job-board.ts';
import { nameOf } from './quarantine.ts';
import type { WorkerHost } from './worker-host.ts';
import type { FromWorker, JobMessage, ReplyMessage } from './worker-messages.ts';

type MessageOf<Type> = Extract<FromWorker, { readonly type: Type }>;

/** What becomes of the jobs of a worker that has ended. */
export interface JobRemains {
  /** Not begun: another worker can do them. */
  readonly untouched: readonly Job[];
  /** How many another worker does, those included that it has by now. */
  readonly givenToOthers: number;
  /** Begun, or with a body that is gone, or done a second time without a reply. */
  readonly lost: readonly Job[];
  /** All that it had begun or done and that may have ended it, what nobody waits for any more included. */
  readonly suspects: readonly Job[];
}

/** Keeps the jobs of a worker from being taken to their end. */
export class WorkerJobs {
  /** The job that the worker is kept free for, which is worked on alone. */
  reservedFor: Job | undefined;

  readonly #host: WorkerHost;
  readonly #onDeclined: (job: Job) => void;
  readonly #sent = new LinkedList<Job>();
  /** Begun, and nobody waits. */
  readonly #givenUp = new Map<number, Job>();
  /** Those of them that the worker has not noticed to be given up: it may be busy with them. */
  readonly #unnoticed = new Map<number, Job>();
  /** Those that were seen to be done before their replies were here. */
  readonly #finished = new Set<number>();
  /** Of those whose replies have begun and come in pieces. */
  readonly #streams = new Map<number, PieceQueue<string | Uint8Array, StreamEnd>>();
  #outbox: JobMessage[] = [];
  #transfer: ArrayBuffer[] = [];
  #lastNumber = 0;
  /** How many were given to others because the worker was to end. */
  #withdrawn = 0;

  readonly #streamMs: number;

  constructor(
    host: WorkerHost,
    {
      onDeclined,
      streamMs,
    }: {
      /** Called with a job that the worker does not do and another one can. */
      readonly onDeclined: (job: Job) => void;
      readonly streamMs: number;
    },
  ) {
    this.#host = host;
    this.#onDeclined = onDeclined;
    this.#streamMs = streamMs;
  }

  /** How many somebody waits for. */
  get sentCount(): number {
    return this.#sent.size;
  }

  /** How many somebody waits for, or the worker is busy with nevertheless. */
  get load(): number {
    return this.#sent.size + this.#unnoticed.size;
  }

  /** The end of the time of what has been given up without the worker's having noticed; infinite when there is nothing. */
  get overdueSinceMs(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const { endMs } of this.#unnoticed.values()) since = Math.min(since, endMs);
    return since;
  }

  /** True when there are some that have not been begun. */
  get hasUntouched(): boolean {
    for (const { number } of this.#sent) if (!this.#host.board.hasBegun(number)) return true;
    return false;
  }

  /** Gives a time back, or an infinite one while some have been begun that somebody waits for: the worker may be busy with these. */
  passWhileIdle(ms: number): number {
    return this.#hasBegun ? Number.POSITIVE_INFINITY : ms;
  }

  /** Puts a job into the next message. */
  take(job: Job, nowMs: number): void {
    const number = (this.#lastNumber + 1) % jobNumbers;
    this.#lastNumber = number;
    const { request } = job;
    const body = request.body instanceof Uint8Array ? ownBytes(request.body) : request.body;
    job.number = number;
    job.isAlone = job === this.reservedFor;
    job.isGone = this.#host.takesBodies && isMoved(job);
    if (job.isGone) {
      nameOf(job);
      this.#transfer.push((body as Uint8Array<ArrayBuffer>).buffer);
    }
    this.#sent.add(job);
    this.#host.board.post(number);
    this.#outbox.push([number, Math.max(0, job.endMs - nowMs), { ...request, body }]);
    job.cancellation.onCancel((reason) => this.#giveUp(job, reason));
  }

  /** Sends what has been taken, in one message. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    this.#host.send({ type: 'invoke', jobs: this.#outbox }, this.#transfer);
    this.#outbox = [];
    this.#transfer = [];
  }

  /** Takes back those that have not been begun and that another worker could do, and those whose replies are held up. */
  takeBack(): readonly Job[] {
    const jobs: Job[] = [];
    for (const job of this.#sent) {
      if (job.isGone || isBound(job) || !this.#isHeldUp(job) || !this.#noteRepeat(job)) continue;
      if (!this.#host.board.takeBack(job.number)) continue;
      this.#remove(job);
      jobs.push(job);
    }
    return jobs;
  }

  /**
   * False for a job that is done and whose reply may be on its way: it would be done twice. A reply is held up where the
   * worker has begun another job since, if it has not come by the next look.
   */
  #isHeldUp(job: Job): boolean {
    if (!this.#host.board.hasFinished(job.number)) return true;
    const wasFinished = this.#finished.has(job.number);
    this.#finished.add(job.number);
    return wasFinished && this.#hasBegun;
  }

  get #hasBegun(): boolean {
    for (const { number } of this.#sent) if (this.#host.board.hasBegun(number)) return true;
    return false;
  }

  /** Gives to others, of a worker that is to end, what has not been begun. */
  withdraw(reason: ServeError): void {
    for (const job of this.#sent) {
      const canRepeat = this.#noteRepeat(job);
      if (!this.#host.board.takeBack(job.number)) continue;
      this.#remove(job);
      if (job.isGone || !canRepeat) job.reject(reason);
      else {
        this.#withdrawn += 1;
        this.#onDeclined(job);
      }
    }
  }

  /** Takes in a reply; true where it answers a job that somebody waits for. */
  settle(message: ReplyMessage): boolean {
    const [number] = message;
    const job = this.#findSent(number);
    if (job === undefined) return this.#forget(number);
    this.#remove(job);
    if (message.length === 1) {
      this.#onDeclined(job);
      return false;
    }
    const [, status, headers, body, errorCode, times = this.#host.board.readTimes(number)] = message;
    job.finish();
    job.resolve({ status, headers, body, errorCode, times });
    return true;
  }

  /** Takes in that a reply begins to come in pieces; its job is under way until the last one is here. */
  beginStream({ job: number, status, headers }: MessageOf<'stream'>): void {
    const job = this.#findSent(number);
    if (job === undefined) return;
    const body = new PieceQueue<string | Uint8Array, StreamEnd>((weight) =>
      this.#host.send({ type: 'taken', job: number, weight }),
    );
    this.#streams.set(number, body);
    job.endMs = performance.now() + this.#streamMs;
    job.reject = (error) => body.fail(error);
    job.resolve({ status, headers, body });
  }

  addPiece({ job, piece }: MessageOf<'piece'>): void {
    this.#streams.get(job)?.add(piece);
  }

  /** True where somebody waited for it. */
  endStream({ job: number, end }: MessageOf<'stream-end'>): boolean {
    const job = this.#findSent(number);
    this.#streams.get(number)?.end(end);
    this.#streams.delete(number);
    if (job === undefined) return this.#forget(number);
    this.#remove(job);
    job.finish();
    return true;
  }

  #forget(number: number): false {
    this.#givenUp.delete(number);
    this.#unnoticed.delete(number);
    return false;
  }

  /** Replies come nearly in the order of their jobs: mostly it is the first. */
  #findSent(number: number): Job | undefined {
    let job = this.#sent.first;
    while (job !== undefined && job.number !== number) job = job.later;
    return job;
  }

  #giveUp(job: Job, reason: ServeError): void {
    if (job.list !== this.#sent) return;
    const { number } = job;
    this.#remove(job);
    this.#streams.delete(number);
    // One that was done and whose reply does not come keeps its worker, or something behind it does.
    if (!this.#host.board.hasFinished(number) && this.#host.board.takeBack(number)) return;
    this.#givenUp.set(number, job);
    this.#unnoticed.set(number, job);
    this.#host.send({ type: 'abort', job: number, code: reason.code, reason: reason.message });
  }

  /** What was to be worked on alone has been. */
  #remove(job: Job): void {
    this.#finished.delete(job.number);
    this.#sent.remove(job);
    if (this.reservedFor === job) this.reservedFor = undefined;
  }

  /** Takes in that the worker has noticed a job to be given up; gives how many of those have not ended. */
  noteAborted(number: number): number {
    this.#unnoticed.delete(number);
    return this.#givenUp.size;
  }

  /** Notes that a job that was done is done again; false where that has been noted before. */
  #noteRepeat(job: Job): boolean {
    if (!this.#host.board.hasFinished(job.number)) return true;
    const canRepeat = !job.isRepeated;
    job.isRepeated = true;
    return canRepeat;
  }

  /** Lets go of all jobs of a worker that has ended. */
  bury(): JobRemains {
    const sent = [...this.#sent];
    const { board } = this.#host;
    const begun = sent.filter(({ number }) => board.hasBegun(number));
    const finished = sent.filter(({ number }) => board.hasFinished(number));
    const spent = sent.filter((job) => job.isGone || !this.#noteRepeat(job));
    const suspects = [...this.#givenUp.values(), ...begun, ...finished];
    for (const job of sent) this.#remove(job);
    this.#streams.clear();
    this.#givenUp.clear();
    this.#unnoticed.clear();
    const lost = [...new Set([...begun, ...spent])];
    const untouched = sent.filter((job) => !lost.includes(job));
    return { untouched, givenToOthers: this.#withdrawn + untouched.length, lost, suspects };
  }
}
