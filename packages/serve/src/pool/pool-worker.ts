/** One worker of the pool as the server sees it: whether it lives, how well, and how much it has to do. */

import type { Log } from '@optml/contract/log';
import type { ServeError } from '../errors/errors.ts';
import type { Conversation, ConversationStart, ConversationTerms } from '../invocation/conversation.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import type { ChatTerms, ModelSource } from '../model/model-handle.ts';
import { createHealthState, type HealthState } from '../model/watch-health.ts';
import { type StartWatch, watchStart } from '../model/watch-start.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';
import { AdapterCalls } from './adapter-calls.ts';
import type { Job } from './job.ts';
import { MemoryShare } from './memory-share.ts';
import { WorkerConversations } from './worker-conversations.ts';
import { createEndError, type HostEnd, type StartHost, type WorkerHost } from './worker-host.ts';
import { type JobRemains, WorkerJobs } from './worker-jobs.ts';
import { type FromWorker, restoreError } from './worker-messages.ts';

/** What a worker that stops has to notice that its connections were left, before it is ended. */
const noticeMs = 500;
/** How many jobs a worker may have that it has not answered. */
const maximumJobs = 256;
/** Predictions that were given up and never end are a leak of the predictor's: so many, and the worker is replaced. */
const maximumForgotten = 100;

export interface PoolWorkerOptions {
  /** Starts it where it is to run. */
  readonly startHost: StartHost;
  readonly source: ModelSource;
  readonly maximumHeapMiB: number;
  readonly slowStageMs: number;
  readonly log: Log;
  /** Called after every message of the worker that left it with less to do. */
  onProgress(worker: PoolWorker): void;
  /** Called with the file of each native addon that its thread loads. */
  onAddon(file: string): void;
  /** Called soon after it has loaded. */
  onDescribed(description: PredictorDescription): void;
  /** Called with a job that the worker declines. */
  onDeclined(job: Job): void;
}

/** What a worker leaves behind when it ends. */
export interface Remains extends JobRemains {
  readonly reason: ServeError;
  /** The ids of the requests that opened the connections it had. */
  readonly connectionIds: readonly string[];
  /** True when the only suspect was worked on alone, and nothing else can have ended the worker. */
  readonly isProof: boolean;
  /** Of a worker that is lost, for it does not end: resolves when it has. */
  readonly gone: Promise<void> | undefined;
}

/** A worker from its start to its end, wherever it runs. */
export class PoolWorker {
  /** Resolves when the model is loaded. Rejects with the ServeError that says why it is not. */
  readonly loaded: Promise<void>;
  /** Resolves once, when it has ended or is lost. */
  readonly ended: Promise<Remains>;
  /** Once it is loaded, of a predictor that has sessions. */
  sessions: SessionTerms | undefined;
  /** Once it is loaded, of a predictor that answers chat completions. */
  chat: ChatTerms | undefined;
  /** True once it is loaded, of a predictor that has adapters. */
  hasAdapters = false;
  readonly adapters: AdapterCalls;
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
  /** Known once it has loaded, of a predictor that takes connections. */
  conversationTerms: ConversationTerms | undefined;

  readonly #options: PoolWorkerOptions;
  readonly #host: WorkerHost;
  readonly #jobs: WorkerJobs;
  readonly #conversations: WorkerConversations;
  readonly #memory: MemoryShare;
  readonly #health: HealthState;
  readonly #start: StartWatch;
  readonly #loading = Promise.withResolvers<void>();
  #state: 'loading' | 'ready' | 'stopping' | 'ended' = 'loading';
  #isPreparing = false;

  constructor(options: PoolWorkerOptions) {
    this.#options = options;
    this.#host = options.startHost(options, this.#receive);
    this.adapters = new AdapterCalls(this.#host);
    const { onDeclined, source } = options;
    this.#jobs = new WorkerJobs(this.#host, { onDeclined, streamMs: source.streamMs });
    this.#conversations = new WorkerConversations(this.#host, (count) =>
      this.#killForForgotten(count, 'connections', 'predictBidirectional'),
    );
    this.#memory = new MemoryShare(this.#host, options.maximumHeapMiB);
    this.#health = createHealthState(options.log);
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
    return this.#state === 'ready' && this.#health.isHealthy();
  }

  /** How many jobs somebody waits for, or the worker is busy with nevertheless. */
  get load(): number {
    return this.#jobs.load;
  }

  get hasRoom(): boolean {
    return this.isReady && this.#jobs.sentCount < maximumJobs && this.reservedFor === undefined;
  }

  /** The end of the time of what has been given up without the worker's having noticed; infinite when there is nothing. */
  get overdueSinceMs(): number {
    return this.#jobs.overdueSinceMs;
  }

  /** The same of the connections; infinite, too, while an invocation is under way that the worker may be busy with. */
  get connectionsOverdueSinceMs(): number {
    return this.#jobs.passWhileIdle(this.#conversations.overdueSinceMs);
  }

  /** The same of the loads of adapters. */
  get adaptersOverdueSinceMs(): number {
    return this.#jobs.passWhileIdle(this.adapters.overdueSinceMs);
  }

  /** True when there are jobs that have not been begun. */
  get hasUntouched(): boolean {
    return this.#jobs.hasUntouched;
  }

  /** The job that it is kept free for, which is worked on alone. */
  get reservedFor(): Job | undefined {
    return this.#jobs.reservedFor;
  }

  set reservedFor(job: Job | undefined) {
    this.#jobs.reservedFor = job;
  }

  /** Puts a job into the next message. */
  take(job: Job, nowMs: number): void {
    if (this.load === 0) this.busySinceMs = nowMs;
    this.#jobs.take(job, nowMs);
  }

  /** True while it has not noticed that somebody has left a connection. */
  get hasUnnoticedConnections(): boolean {
    return this.#conversations.overdueSinceMs < Number.POSITIVE_INFINITY;
  }

  /** How many connections it has, which are no part of its load: it waits for messages most of the time. */
  get connectionCount(): number {
    return this.#conversations.openCount;
  }

  converse(start: ConversationStart): Conversation {
    return this.#conversations.begin(start);
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
    this.#jobs.flush();
  }

  /** Takes back the jobs that have not been begun and that another worker could do. */
  takeBack(): readonly Job[] {
    return this.#jobs.takeBack();
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
    this.#killFor(await this.#memory.limit(() => this.#state === 'ready'));
  }

  async stop(): Promise<void> {
    if (this.#state !== 'ended') this.#state = 'stopping';
    const timer = setTimeout(() => {
      if (!this.hasUnnoticedConnections) return;
      const reason = 'it did not notice that its connections were over';
      this.#options.log.warn('a worker is ended without unloading its model', { reason });
      this.kill(reason);
    }, noticeMs);
    await this.#host.stop();
    clearTimeout(timer);
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
    this.#jobs.withdraw(createEndError(reason, { isMemory: isUrgent }));
    this.#host.kill(reason, isUrgent);
  }

  /** Ends it where its memory is a reason to. */
  #killFor(reason: string | undefined): void {
    if (reason !== undefined) this.kill(reason, true);
  }

  readonly #receive = (message: FromWorker): void => {
    this.signs += 1;
    if (message.type === 'replies') {
      for (const reply of message.replies) if (this.#jobs.settle(reply)) this.answered += 1;
      this.#options.onProgress(this);
    } else if (message.type === 'piece') this.#jobs.addPiece(message);
    else if (message.type === 'stream') this.#jobs.beginStream(message);
    else if (message.type === 'stream-end') {
      if (this.#jobs.endStream(message)) this.answered += 1;
      this.#options.onProgress(this);
    } else if (message.type === 'conversation') this.#conversations.receive(message.id, message.event);
    else if (message.type === 'log') this.#options.log[message.level](message.message, message.fields);
    else if (message.type === 'aborted')
      this.#killForForgotten(this.#jobs.noteAborted(message.job), 'predictions', 'predict');
    else if (message.type === 'collected') this.#killFor(this.#memory.noteCollected(message.heapBytes));
    else if (message.type === 'health') this.#health.note(message.problem);
    else if (message.type === 'adapter') this.adapters.settle(message);
    else if (message.type === 'adapter-aborted') this.adapters.noteNoticed(message.call);
    else if (message.type === 'addon') this.#options.onAddon(message.file);
    else if (message.type === 'stage') this.#start.enter(message.stage);
    else if (message.type === 'described') this.#options.onDescribed(message.description);
    else if (message.type === 'load-failed') this.#loading.reject(restoreError(message));
    else if (message.type === 'loaded') {
      if (this.#state === 'loading') this.#state = 'ready';
      this.conversationTerms = message.conversationTerms;
      this.#health.note(message.healthProblem);
      this.sessions = message.sessions;
      this.chat = message.chat;
      this.hasAdapters = message.hasAdapters;
      void this.#memory.noteFresh();
      this.#loading.resolve();
    }
  };

  #killForForgotten(forgotten: number, what: string, author: string): void {
    if (forgotten <= maximumForgotten || this.#state !== 'ready') return;
    this.kill(`${forgotten} ${what} were given up and have never ended: let ${author} observe \`signal\``);
  }

  readonly #end = ({ reason, memory, gone }: HostEnd): Remains => {
    this.#state = 'ended';
    if (memory !== undefined) this.#memory.isOfOthers = memory === 'kernel' || !this.#memory.isFilledByLast;
    this.#loading.reject(reason);
    this.adapters.end(reason);
    const jobs = this.#jobs.bury();
    const connectionIds = this.#conversations.bury(reason);
    const [suspect, ...others] = jobs.suspects;
    const isProof = suspect?.isAlone === true && others.length === 0 && !this.#memory.isOfOthers;
    return { ...jobs, connectionIds, reason, isProof, gone };
  };
}
