/** What the server and its workers say to each other. */

import type { LogLevel } from '@optml/contract/log';
import { ServeError, type ServeErrorCode } from '../errors/errors.ts';
import type { AdapterSource } from '../invocation/adapter-use.ts';
import type { ConversationTerms, FromConversation, ToConversation } from '../invocation/conversation.ts';
import type { InvocationRequest, StreamEnd, StreamedReply, WholeReply } from '../invocation/invocation.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import type { ChatTerms, ModelSource } from '../model/model-handle.ts';
import type { StartStage } from '../model/watch-start.ts';
import type { PredictorDescription } from '../self-description/describe-predictor.ts';

/** What a worker is started with. */
export interface WorkerData {
  readonly source: ModelSource;
  /** The memory of the job board. */
  readonly board: SharedArrayBuffer;
}

/** An invocation on its way to a worker; a tuple, for the names of members would be sent with each. */
export type JobMessage = readonly [job: number, remainingMs: number, request: InvocationRequest];

/** A reply on its way back, a tuple as well; only the number of a job that was given up or is declined. */
export type ReplyMessage =
  | readonly [
      job: number,
      status: WholeReply['status'],
      headers: WholeReply['headers'],
      body: WholeReply['body'],
      errorCode: WholeReply['errorCode'],
      /** Where the board has no place for them. */
      times: WholeReply['times'],
    ]
  | readonly [job: number];

/** From the server to the worker. */
export type ToWorker =
  /** Says which model to load, to a worker that was started without one. */
  | { readonly type: 'open'; readonly modelDirectory: string }
  /** All that waits for this worker, in one message. */
  | { readonly type: 'invoke'; readonly jobs: readonly JobMessage[] }
  /** Pieces of a streamed reply have been taken: there is room for so much more. */
  | { readonly type: 'taken'; readonly job: number; readonly weight: number }
  | { readonly type: 'abort'; readonly job: number; readonly code: ServeErrorCode; readonly reason: string }
  | { readonly type: 'conversation'; readonly id: number; readonly event: ToConversation }
  /** Load an adapter; the answer has the number of the call. */
  | { readonly type: 'load-adapter'; readonly call: number; readonly adapter: AdapterSource }
  | { readonly type: 'unload-adapter'; readonly call: number; readonly name: string }
  /** Nobody waits for the load any more. */
  | {
      readonly type: 'abort-adapter';
      readonly call: number;
      readonly code: ServeErrorCode;
      readonly reason: string;
    }
  /** Asks for a sign of life. */
  | { readonly type: 'check' }
  /** Asks to collect all garbage. */
  | { readonly type: 'collect' }
  /** Stop loading or unload, then end. */
  | { readonly type: 'stop' }
  /** End at once. */
  | { readonly type: 'exit' };

/** A ServeError on its way. */
export interface SentError {
  readonly code: ServeErrorCode;
  readonly message: string;
  /** The author's error with its stack, as text: a class of the author's does not cross threads. */
  readonly cause: string | undefined;
}

/** Gives the error that was sent. */
export function restoreError({ code, message, cause }: SentError): ServeError {
  return new ServeError(code, message, { cause });
}

/** From the worker to the server. */
export type FromWorker =
  /** What the kernel calls the thread, below /proc. */
  | { readonly type: 'thread'; readonly kernelId: string }
  /** A thread has loaded a native addon. */
  | { readonly type: 'addon'; readonly file: string }
  /** The start has come to its next stage. */
  | { readonly type: 'stage'; readonly stage: StartStage }
  | {
      readonly type: 'loaded';
      readonly healthProblem: string | undefined;
      readonly sessions: SessionTerms | undefined;
      readonly chat: ChatTerms | undefined;
      /** Of a predictor that takes connections. */
      readonly conversationTerms: ConversationTerms | undefined;
      readonly hasAdapters: boolean;
    }
  /** Soon after it has loaded: what the predictor takes and gives. */
  | { readonly type: 'described'; readonly description: PredictorDescription }
  | ({ readonly type: 'load-failed' } & SentError)
  /** An adapter is loaded or unloaded, or why it is not. */
  | { readonly type: 'adapter'; readonly call: number; readonly error: SentError | undefined }
  | { readonly type: 'adapter-aborted'; readonly call: number }
  /** All that was answered in one turn, in one message. */
  | { readonly type: 'replies'; readonly replies: readonly ReplyMessage[] }
  /** A reply that comes in pieces begins. */
  | {
      readonly type: 'stream';
      readonly job: number;
      readonly status: StreamedReply['status'];
      readonly headers: StreamedReply['headers'];
    }
  | { readonly type: 'piece'; readonly job: number; readonly piece: string | Uint8Array }
  | { readonly type: 'stream-end'; readonly job: number; readonly end: StreamEnd }
  | { readonly type: 'conversation'; readonly id: number; readonly event: FromConversation }
  /** The worker has seen that nobody waits for a job that it has begun. */
  | { readonly type: 'aborted'; readonly job: number }
  /** The process ends of an error that nobody has caught. */
  | { readonly type: 'thrown'; readonly reason: string; readonly cause: string }
  | { readonly type: 'alive' }
  /** The garbage is collected: what is left of the heap is in use. */
  | { readonly type: 'collected'; readonly heapBytes: number }
  | { readonly type: 'health'; readonly problem: string | undefined }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    };
