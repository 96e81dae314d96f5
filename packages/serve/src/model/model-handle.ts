/** A loaded model as the HTTP side sees it, wherever its code runs. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import type { AdapterRequest, AdapterSource } from '../invocation/adapter-use.ts';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { Conversation, ConversationStart, ConversationTerms } from '../invocation/conversation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import type { WorkerCounts } from '../observability/server-gauges.ts';
import type { BatchingOptions } from '../predictor/batching-options.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';

/** Where user code runs: in threads, in processes, or in the thread that answers HTTP. */
export type Isolation = 'worker' | 'process' | 'inline';

/** How long what runs the predictor has to stop loading, or to unload, before it is given up. */
export const stopTimeoutMs = 2_000;

/** What is to be loaded, and how its replies are to be. */
export interface ModelSource {
  /** The URL of the module whose default export is the predictor. */
  readonly predictor: string;
  /** Left out where the worker is told later. */
  readonly modelDirectory: string | undefined;
  /** The media type of replies to requests that do not ask for one. */
  readonly defaultAccept: string | undefined;
  /** How requests are gathered; each member counts before the predictor's own. */
  readonly batching: BatchingOptions | undefined;
  readonly invocationMs: number;
  /** The time for a streamed reply from its first item on. */
  readonly streamMs: number;
  /** True when replies are to say when their steps happened. */
  readonly isTimed: boolean;
}

/** The workers that run user code; nothing to a predictor that runs `inline`, but for health and slow stages. */
export interface WorkerOptions {
  /** How many; default one per CPU that the container may use. */
  readonly count?: number | undefined;
  /** The most WebSocket connections of each at once; further ones get 503. Default 64. */
  readonly connections?: number | undefined;
  /**
   * The MiB of memory that all processes of the server may use; default the container's. Shortly before, the worker that
   * holds most is ended, for beyond it the kernel would end one of its own choice.
   */
  readonly memoryMiB?: number | undefined;
  /** The most MiB of JavaScript heap in use of all of them together; default 60 % of the memory, and never more. */
  readonly totalHeapMiB?: number | undefined;
  /** The most MiB of JavaScript heap in use of each; default what all may have, shared out. */
  readonly heapMiB?: number | undefined;
  /** How often the author's `health` is asked; default 5,000 ms. */
  readonly healthIntervalMs?: number | undefined;
  /**
   * How long an import, a load or a sample lasts before the log names it; default 30,000 ms. It is named again each time
   * that twice as much has gone by.
   */
  readonly slowStageMs?: number | undefined;
}

/** Options some of which have got their defaults. */
export type Defaulted<Group, Names extends keyof Group> = Group & {
  readonly [Name in Names]-?: NonNullable<Group[Name]>;
};

export type WorkerSettings = Defaulted<WorkerOptions, 'connections' | 'healthIntervalMs' | 'slowStageMs'>;

export interface LoadOptions {
  /** Stops a load that is under way. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly workers: WorkerSettings;
  /** Of each of several models of a process, what its largest busy worker holds, in bytes; a model adds its own. */
  readonly holders?: Set<() => number> | undefined;
  /** Called at most once, when a loaded model is lost for good without having been unloaded. */
  onDied(error: ServeError): void;
}

/** How a predictor answers chat completions. */
export interface ChatTerms {
  /** True where it answers nothing else: then every invocation is a request for them. */
  readonly isAlone: boolean;
}

/** Loads adapters beside a model, in all of its workers. */
export interface AdapterLoader {
  /**
   * Resolves when every worker that takes invocations has it; later workers get it before they take any. Nothing is left
   * of one that fails.
   *
   * @throws ServeError `ADAPTER_LOAD_FAILED`, the reason of the signal, or that of a worker's end
   */
  load(source: AdapterSource, signal: AbortSignal): Promise<void>;
  /** Never rejects. */
  unload(name: string): Promise<void>;
}

/** An adapter that requests can name. */
export interface ListedAdapter extends AdapterRequest {
  /** Grows from one adapter of a server to the next. */
  readonly number: number;
}

/** The adapters of a model by their names. */
export interface AdapterList {
  /**
   * Loads an adapter, or takes in one that is to be loaded for the first request that names it; of two loads of one name
   * at the same time, the second gets the result of the first.
   *
   * @throws ServeError `ADAPTER_ALREADY_LOADED`, `ADAPTER_REQUEST_INVALID`, `ADAPTER_LOAD_FAILED`, `ADAPTER_LOAD_TIMEOUT`,
   * `ADAPTER_UNLOADED`, `MEMORY_INSUFFICIENT`, `SERVER_CLOSED`
   */
  load(source: AdapterRequest): Promise<void>;
  /** Waits for what is in flight. @throws ServeError `ADAPTER_NOT_FOUND` */
  unload(name: string): Promise<void>;
  /** @throws ServeError `ADAPTER_NOT_FOUND` */
  find(name: string): ListedAdapter;
  /** Those that requests can name, in the order in which their loads began. */
  list(): readonly ListedAdapter[];
  /** How many are loaded. */
  count(): number;
}

/** A model that is loaded. */
export interface ModelHandle {
  /** How many invocations can be worked on at once. */
  readonly parallelism: number;
  /**
   * Says what the predictor takes and gives, which is known soon after it is loaded.
   *
   * @throws ServeError when the model is lost or unloaded before that.
   */
  describe(): Promise<PredictorDescription>;
  /** Of a predictor that answers chat completions. */
  readonly chat: ChatTerms | undefined;
  countWorkers(): WorkerCounts;
  /** Of a predictor that has sessions. */
  readonly sessions: SessionTerms | undefined;
  /** Of a predictor that has adapters. */
  readonly adapterLoader: AdapterLoader | undefined;
  /** Of a server whose predictor has adapters. */
  readonly adapters?: AdapterList | undefined;
  /** True as long as the worker that opened a session lives. */
  holdsSession(id: string): boolean;
  /** How many sessions are open; left out where there are none. */
  countSessions?(): number;
  /** True as long as an invocation would be worked on now. */
  isHealthy(): boolean;
  /**
   * Answers one request; what goes wrong inside the predictor is a reply. Not a promise when the answer is
   * there at once. After a cancellation it may stay unsettled: nobody waits for it.
   *
   * @throws ServeError `WORKER_EXITED`, `WORKER_OUT_OF_MEMORY`, `REQUEST_QUARANTINED`; `SESSION_LOST` of a request with a
   * session.
   */
  predict(request: InvocationRequest, cancellation: Cancellation): InvocationReply | Promise<InvocationReply>;
  /** Of a predictor that takes connections; `undefined` for any other. */
  readonly conversationTerms: ConversationTerms | undefined;
  /**
   * Begins a conversation, of a predictor that has them.
   *
   * @throws ServeError `MODEL_NOT_READY` while no worker is there, `QUEUE_FULL` for too many
   */
  converse(start: ConversationStart): Conversation;
  /** Releases the model; never rejects. */
  unload(): Promise<void>;
}

/**
 * Loads a model.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED`, `PREDICTOR_INVALID`, `DEFAULT_ACCEPT_INVALID`,
 * `MODEL_LOAD_FAILED`, `WARM_UP_FAILED` or `WORKER_EXITED`.
 */
export type LoadModel = (source: ModelSource, options: LoadOptions) => Promise<ModelHandle>;

/** Says that a connection is one too many. */
export function createConnectionsError(maximum: number): ServeError {
  const message = `the server is busy: each worker already has ${maximum} connections: try again later, add instances, or raise the limit: OPTML_WORKER_CONNECTIONS in the environment of a container, workers.connections in code`;
  return new ServeError('QUEUE_FULL', message);
}
