/** A loaded model as the HTTP side sees it, wherever its code runs. */

import type { ServeError } from '../errors/errors.ts';
import type { Logger } from '../errors/logger.ts';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest } from '../invocation/invocation.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';

/** Where user code runs: in threads, in processes, or in the thread that answers HTTP. */
export type Isolation = 'worker' | 'process' | 'inline';

/** What is to be loaded, and how its replies are to be. */
export interface ModelSource {
  /** The URL of the module whose default export is the predictor. */
  readonly predictor: string;
  readonly modelDirectory: string;
  /** The media type of replies to requests that do not ask for one. */
  readonly defaultAccept: string | undefined;
  readonly invocationTimeoutMs: number;
  /** True when replies are to say when their steps happened. */
  readonly isTimed: boolean;
}

export interface LoadOptions {
  /** Stops a load that is under way. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** How many workers; one per CPU of the container by default. Nothing to a model that has none. */
  readonly workers?: number | undefined;
  /** What the whole process may use, in MiB. */
  readonly memoryMb?: number | undefined;
  /** The most MiB of heap of all workers together. */
  readonly totalHeapMb?: number | undefined;
  /** The most MiB of heap of each worker. */
  readonly workerHeapMb?: number | undefined;
  /** How long a part of the start lasts before the log names it. */
  readonly slowStageMs: number;
  /** How often its health is checked. */
  readonly healthIntervalMs: number;
  /** Called at most once, when a loaded model is lost for good without having been unloaded. */
  onDied(error: ServeError): void;
}

/** A model that is loaded. */
export interface ModelHandle {
  /** How many invocations can be worked on at once. */
  readonly parallelism: number;
  /** What the predictor takes and gives. */
  readonly description: PredictorDescription;
  /** How many workers could work now, and how many were started in place of ended ones. */
  countWorkers(): { readonly ready: number; readonly restarts: number };
  /** True as long as an invocation would be worked on now. */
  isHealthy(): boolean;
  /**
   * Answers one request; what goes wrong inside the predictor is a reply. Not a promise when the answer is
   * there at once. After a cancellation it may stay unsettled: nobody waits for it.
   *
   * @throws ServeError `WORKER_EXITED`, `REQUEST_QUARANTINED`.
   */
  predict(request: InvocationRequest, cancellation: Cancellation): InvocationReply | Promise<InvocationReply>;
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
