/** One worker of the pool as the server sees it: what it has been sent, what it has begun, whether it lives. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { LinkedList } from '../invocation/linked-list.ts';
import type { ModelSource } from '../model/model-handle.ts';
import { type StartWatch, watchStart } from '../model/watch-start.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';
import { isMoved, type Job } from './job.ts';
import { jobNumbers } from './job-board.ts';
import { MemoryShare } from './memory-share.ts';
import { nameOf } from './quarantine.ts';
import { createEndError, type HostEnd, type StartHost, type WorkerHost } from './worker-host.ts';
import type { FromWorker, JobMessage, ReplyMessage } from './worker-messages.ts';

/** How many jobs a worker may have that it has not answered. */
const maximumJobs = 256;
/** Predictions that were given up and never end are a leak of the predictor's: so many, and the worker is replaced. */
const maximumForgotten = 100;

export interface PoolWorkerOptions {
  /** Starts it where it is to run. */
  readonly startHost: StartHost;
  readonly source: ModelSource;
  readonly maximumHeapMb: number;
  readonly slowStageMs: number;
  readonly log: Log;
  /** Called after every message of the worker that left it with less to do. */
  onProgress(worker: PoolWorker): void;
  /** Called with the file of each native addon that its thread loads. */
  onAddon(file: string): void;
  /** Called with a job that the worker declines. */
  onDeclined(job: Job): void;
}

/** What a worker leaves behind when it ends. */
export interface Remains {
  readonly reason: ServeError;
  /** Not begun: another worker can do them. */
  readonly untouched: readonly Job[];
  /** How many another worker does, those included that it has by now. */
  readonly givenToOthers: number;
  /** Begun, or with a body that is gone. */
  readonly lost: readonly Job[];
  /** All that it had begun and that may have ended it, what nobody waits for any more included. */
  readonly suspects: readonly Job[];
  /** True when the only suspect was worked on alone, and nothing else can have ended the worker. */
  readonly isProof: boolean;
  /** Of a worker that is lost, for it does not end: resolves when it has. */
  readonly gone: Promise<void> | undefined;
}

/** A worker from its start to its end, wherever it runs. */
export class PoolWorker {
  /** Settles when the model is loaded, to what the predictor says of itself. Rejects with the ServeError that says why it is not. */
  readonly loaded: Promise<PredictorDescription>;
  /** Resolves once, when it has ended or is lost. */
  readonly ended: Promise<Remains>;
  /** How many invocations it has answered. */
  answered = 0;
  /** Grows with every sign of life. */
  signs = 0;
  /** True when it is ended because the memory of all was used up. */
  isTooLarge = false;
  /** Since when it has had something to do. */
  busySinceMs = 0;
  /** True when it has not given a sign of life for a while although it has something to do. */
  isStuck = false;
  /** The job that it is kept free for, which is worked on alone. */
  reservedFor: Job | undefined;

  readonly #options: PoolWorkerOptions;
  readonly #host: WorkerHost;
  readonly #memory: MemoryShare;
  readonly #loading = Promise.withResolvers<PredictorDescription>();
  readonly #sent = new LinkedList<Job>();
  /** Begun, and nobody waits. */
  readonly #givenUp = new Map<number, Job>();
  /** Those of them that the worker has not noticed to be given up: it may be busy with them. */
  readonly #unnoticed = new Map<number, Job>();
  #outbox: JobMessage[] = [];
  #transfer: ArrayBuffer[] = [];
  #lastNumber = 0;
  #state: 'loading' | 'ready' | 'stopping' | 'ended' = 'loading';
  #healthProblem: string | undefined;
  readonly #start: StartWatch;
  /** How many jobs were given to others because it was to end. */
  #withdrawn = 0;
  #isPreparing = false;

  constructor(options: PoolWorkerOptions) {
    this.#options = options;
    this.#host = options.startHost(options, this.#receive);
    this.#memory = new MemoryShare(this.#host, options.maximumHeapMb);
    this.#start = watchStart(options.log, options.slowStageMs);
    this.loaded = this.#loading.promise.finally(this.#start.stop);
    this.ended = this.#host.ended.then(this.#end);
  }

  /** What it held when it was measured last, in bytes: heap, buffers and typed arrays. */
  get heldBytes(): number {
    return this.#memory.heldBytes;
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get isHealthy(): boolean {
    return this.#state === 'ready' && this.#healthProblem === undefined;
  }

  /** How many jobs somebody waits for, or the worker is busy with nevertheless. */
  get load(): number {
    return this.#sent.size + this.#unnoticed.size;
  }

  get hasRoom(): boolean {
    return this.#state === 'ready' && this.#sent.size < maximumJobs && this.reservedFor === undefined;
  }

  /** The end of the time of what has been given up without the worker's having noticed; infinite when there is nothing. */
  get overdueSinceMs(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const { endMs } of this.#unnoticed.values()) since = Math.min(since, endMs);
    return since;
  }

  /** Puts a job into the next message. */
  take(job: Job, nowMs: number): void {
    const number = (this.#lastNumber + 1) % jobNumbers;
    this.#lastNumber = number;
    if (this.load === 0) this.busySinceMs = nowMs;
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

  /** Sends the job that it is kept free for, once it is known what the worker holds without it. */
  async takeReserved(): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    await this.#memory.noteBefore();
    this.#isPreparing = false;
    const job = this.reservedFor;
    if (job === undefined || this.load > 0 || !this.isReady) return;
    this.take(job, performance.now());
    this.flush();
  }

  /** Sends what has been taken, in one message. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    this.#host.send({ type: 'invoke', jobs: this.#outbox }, this.#transfer);
    this.#outbox = [];
    this.#transfer = [];
  }

  /** Takes back the jobs that have not been begun and that another worker could do. */
  takeBack(): readonly Job[] {
    const jobs: Job[] = [];
    for (const job of this.#sent) {
      if (job.isGone || !this.#host.board.takeBack(job.number)) continue;
      this.#sent.remove(job);
      jobs.push(job);
    }
    return jobs;
  }

  /** True when there are jobs that have not been begun. */
  get hasUntouched(): boolean {
    for (const { number } of this.#sent) if (!this.#host.board.hasBegun(number)) return true;
    return false;
  }

  /** The bytes of memory that it uses beside those of this process. */
  measureSeparate(): number {
    return this.#host.measureSeparate();
  }

  /** Asks for a sign of life. */
  check(): void {
    this.#host.send({ type: 'check' });
  }

  /** Measures what it holds, and ends it, or has it collect its garbage, when its heap has outgrown its share. */
  async limitHeap(): Promise<void> {
    const reason = await this.#memory.limit(() => this.#state === 'ready');
    if (reason !== undefined) this.kill(reason, true);
  }

  async stop(): Promise<void> {
    if (this.#state !== 'ended') this.#state = 'stopping';
    await this.#host.stop();
  }

  /** Ends it because the memory of all, where there was room for `roomBytes`, is used up. */
  killForMemory(reason: string, roomBytes: number): void {
    this.#memory.noteShortage(roomBytes);
    this.isTooLarge = true;
    this.kill(reason, true);
  }

  /** Ends a worker that does not listen; what it has not begun goes to others at once. */
  kill(reason: string, isUrgent?: boolean): void {
    if (this.#state === 'ended') return;
    this.#state = 'stopping';
    for (const job of this.#sent) if (this.#host.board.takeBack(job.number)) this.#withdraw(job, reason);
    this.#host.kill(reason, isUrgent);
  }

  #withdraw(job: Job, reason: string): void {
    this.#sent.remove(job);
    this.#free(job);
    if (job.isGone) job.reject(createEndError(reason));
    else {
      this.#withdrawn += 1;
      this.#options.onDeclined(job);
    }
  }

  readonly #receive = (message: FromWorker): void => {
    this.signs += 1;
    if (message.type === 'replies') for (const reply of message.replies) this.#settle(reply);
    else if (message.type === 'log') this.#options.log[message.level](message.message, message.fields);
    else if (message.type === 'aborted') this.#noteAborted(message.job);
    else if (message.type === 'collected') this.#noteCollected(message.heapBytes);
    else if (message.type === 'health') this.#noteHealth(message.problem);
    else if (message.type === 'addon') this.#options.onAddon(message.file);
    else if (message.type === 'stage') this.#start.enter(message.stage);
    else if (message.type === 'load-failed') this.#loading.reject(restoreError(message));
    else if (message.type === 'loaded') {
      if (this.#state === 'loading') this.#state = 'ready';
      this.#noteHealth(message.healthProblem);
      void this.#memory.noteFresh();
      this.#loading.resolve(message.description);
    }
    if (message.type === 'replies') this.#options.onProgress(this);
  };

  #noteCollected(heapBytes: number): void {
    const reason = this.#memory.noteCollected(heapBytes);
    if (reason !== undefined) this.kill(reason, true);
  }

  #settle(message: ReplyMessage): void {
    const [number] = message;
    const job = this.#findSent(number);
    if (job === undefined) {
      this.#givenUp.delete(number);
      this.#unnoticed.delete(number);
      return;
    }
    this.#sent.remove(job);
    this.#free(job);
    if (message.length === 1) {
      this.#options.onDeclined(job);
      return;
    }
    const [, status, headers, body, errorCode, times = this.#host.board.readTimes(number)] = message;
    this.answered += 1;
    job.resolve({ status, headers, body, errorCode, times });
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
    this.#sent.remove(job);
    this.#free(job);
    if (this.#host.board.takeBack(number)) return;
    this.#givenUp.set(number, job);
    this.#unnoticed.set(number, job);
    this.#host.send({ type: 'abort', job: number, code: reason.code, reason: reason.message });
  }

  /** What was to be worked on alone has been. */
  #free(job: Job): void {
    if (this.reservedFor === job) this.reservedFor = undefined;
  }

  #noteAborted(number: number): void {
    this.#unnoticed.delete(number);
    if (this.#givenUp.size <= maximumForgotten || this.#state !== 'ready') return;
    this.kill(`${this.#givenUp.size} predictions were given up and have never ended: heed the signal`);
  }

  #noteHealth(problem: string | undefined): void {
    const { log } = this.#options;
    if (problem !== undefined && this.#healthProblem === undefined) {
      log.warn('the model is not healthy', { reason: problem });
    }
    if (problem === undefined && this.#healthProblem !== undefined) log.info('the model is healthy again');
    this.#healthProblem = problem;
  }

  readonly #end = ({ reason, memory, gone: thread }: HostEnd): Remains => {
    this.#state = 'ended';
    if (memory !== undefined) this.#memory.isOfOthers = memory === 'kernel' || !this.#memory.isFilledByLast;
    this.#loading.reject(reason);
    const sent = [...this.#sent];
    const begun = sent.filter(({ number }) => this.#host.board.hasBegun(number));
    const others = sent.filter((job) => !begun.includes(job));
    const suspects = [...this.#givenUp.values(), ...begun];
    const isProof = suspects.length === 1 && suspects[0]?.isAlone === true && !this.#memory.isOfOthers;
    for (const job of sent) {
      this.#sent.remove(job);
      this.#free(job);
    }
    this.#givenUp.clear();
    this.#unnoticed.clear();
    const untouched = others.filter(({ isGone }) => !isGone);
    const gone = others.filter(({ isGone }) => isGone);
    const givenToOthers = this.#withdrawn + untouched.length;
    return { reason, untouched, givenToOthers, lost: [...begun, ...gone], suspects, isProof, gone: thread };
  };
}

/** A view would take the whole of its buffer along. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength && !Buffer.isBuffer(bytes);
  return isWhole ? bytes : new Uint8Array(bytes);
}

function restoreError({ code, message, cause }: Extract<FromWorker, { type: 'load-failed' }>): ServeError {
  return new ServeError(code, message, { cause });
}
