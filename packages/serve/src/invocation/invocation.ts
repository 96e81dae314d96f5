/** One invocation as plain data, which crosses threads and processes. */

import type { InvocationTimes } from './invocation-clock.ts';

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
}

/** A request without its body. */
export type RequestHead = Omit<InvocationRequest, 'body'>;

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
