/** One invocation as plain data, which crosses threads and processes. */

import type { BodyPart } from './body-part.ts';
import type { InvocationTimes } from './invocation-clock.ts';
import type { SessionUse } from './session-use.ts';

/** A large body that waits on disk instead of in memory. */
export interface StoredBody {
  /** Absolute path; what stored it removes it after the reply. */
  readonly file: string;
  readonly sizeBytes: number;
  /** SHA-1 of the bytes, in hexadecimal. */
  readonly digest: string;
  /** Of a form: an empty folder for its files, which is removed with what is in it. */
  readonly filesDirectory?: string | undefined;
}

/** Text of nothing but ASCII characters, bytes, or a file of them; a stream joins this union. */
export type InvocationBody = string | Uint8Array | StoredBody;

/** Gives the bytes of a body. */
export function measureBody(body: InvocationBody): number {
  if (typeof body === 'string') return body.length;
  return body instanceof Uint8Array ? body.byteLength : body.sizeBytes;
}

/** Whose model answers under the Open Inference Protocol. */
export interface OpenInferenceModel {
  readonly modelName: string;
  readonly modelVersion?: string | undefined;
}

/** One invocation, as plain data that crosses threads. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly body: InvocationBody;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly customAttributes: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Set by the route of the Open Inference Protocol, in whose form the body is; nothing that a client sends sets it. */
  readonly openInference?: OpenInferenceModel | undefined;
  /** Set by the route of chat completions, or where the custom attributes name it. */
  readonly isChat?: true | undefined;
  /** Set where the body is a part of a larger one; nothing that a client sends sets it. */
  readonly part?: BodyPart | undefined;
  /** Set where the predictor has sessions; nothing that a client sends sets it. */
  readonly session?: SessionUse | undefined;
  /** The name of an adapter that is loaded, where the predictor has adapters; nothing that a client sends sets it. */
  readonly adapter?: string | undefined;
}

/** A request without its body. */
export type RequestHead = Omit<InvocationRequest, 'body'>;

/** How a streamed reply ended. */
export interface StreamEnd {
  /** What a client is answered to whom nothing of it has been sent: the error that cut it short, which the log has already. */
  readonly failure?: WholeReply | undefined;
  /** When its steps happened, if the source is timed. */
  readonly times?: InvocationTimes | undefined;
}

/**
 * The pieces of a reply, each as soon as it is there. The next is made only when it is asked for, or a few before. It
 * ends early when its invocation is cancelled, and throws when what makes it is lost.
 */
export type ReplyPieces = AsyncIterator<string | Uint8Array, StreamEnd>;

interface ReplyOf<Body> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** The code of the error that this reply tells of. */
  readonly errorCode?: string | undefined;
  /** When its steps happened, if the source is timed. */
  readonly times?: InvocationTimes | undefined;
}

/** A reply that is there as a whole. */
export type WholeReply = ReplyOf<string | Uint8Array>;

/** A reply whose first piece is there, or its end. */
export type StreamedReply = ReplyOf<ReplyPieces>;

/** What goes back to the client; an error is a reply, too. */
export type InvocationReply = WholeReply | StreamedReply;

export function isStreamed(reply: InvocationReply): reply is StreamedReply {
  return typeof reply.body !== 'string' && !(reply.body instanceof Uint8Array);
}
