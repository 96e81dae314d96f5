/** A loaded model as the HTTP side sees it, wherever its code runs. */

import type { ServeError } from './errors.ts';
import type { Logger } from './logger.ts';

/** One invocation, as plain data that crosses threads. */
export interface InvocationRequest {
  readonly requestId: string;
  /** Owns its whole buffer, so that it can be transferred. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly customAttributes: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes for now; a stream of them joins this union. */
type ReplyBody = Uint8Array;

/** What goes back to the client; an error is a reply, too. */
export interface InvocationReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
}

/** What is to be loaded, and how its replies are to be. */
export interface ModelSource {
  /** The URL of the module whose default export is the predictor. */
  readonly predictor: string;
  readonly modelDirectory: string;
  /** The media type of replies to requests that do not ask for one. */
  readonly defaultAccept: string | undefined;
}

export interface LoadOptions {
  /** Stops a load that is under way. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Called at most once, when a loaded model is lost without having been unloaded. */
  onDied(error: ServeError): void;
}

/** A model that is loaded. */
export interface ModelHandle {
  /** True as long as `invoke` can succeed. */
  isAlive(): boolean;
  /**
   * Answers one request; what goes wrong inside the predictor is a reply.
   *
   * @throws ServeError `WORKER_EXITED`, or the reason of the signal.
   */
  invoke(request: InvocationRequest, signal: AbortSignal): Promise<InvocationReply>;
  /** Releases the model; never rejects. */
  unload(): Promise<void>;
}

/**
 * Loads a model.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED`, `PREDICTOR_INVALID`, `MODEL_LOAD_FAILED`
 * or `WORKER_EXITED`.
 */
export type LoadModel = (source: ModelSource, options: LoadOptions) => Promise<ModelHandle>;
