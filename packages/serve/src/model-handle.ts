/** A loaded model as the HTTP side sees it, wherever its code runs. */

import type { Cancellation } from './cancellation.ts';
import type { ServeError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { InvocationTimes } from './observability/invocation-clock.ts';
import type { OpenInferenceModel } from './open-inference/open-inference-request.ts';
import type { PredictorDescription } from './self-description/describe-predictor.ts';

/** A large body that waits on disk instead of in memory. */
export interface StoredBody {
  /** Absolute path; whoever stored it removes it after the reply. */
  readonly file: string;
  readonly sizeBytes: number;
  /** SHA-1 of the bytes, in hexadecimal. */
  readonly digest: string;
}

/** Text of nothing but ASCII characters, bytes, or a file of them; a stream joins this union. */
export type InvocationBody = string | Uint8Array | StoredBody;

/** One invocation, as plain data that crosses threads. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly body: InvocationBody;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly customAttributes: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Set by the route of the Open Inference Protocol, in whose form the body is; nothing that a client sends sets it. */
  readonly openInference?: OpenInferenceModel;
}

/** Text, bytes, or chunks of bytes as they come. */
type ReplyBody = string | Uint8Array | AsyncIterable<Uint8Array>;

/** What goes back to the client; an error is a reply, too. */
export interface InvocationReply<Body extends ReplyBody = ReplyBody> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** The code of the error that this reply tells of. */
  readonly errorCode?: string | undefined;
  /** When its steps happened, if the source is timed. */
  readonly times?: InvocationTimes | undefined;
}

/** A reply that is there as a whole, which is what crosses threads. */
export type WholeReply = InvocationReply<string | Uint8Array>;

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
