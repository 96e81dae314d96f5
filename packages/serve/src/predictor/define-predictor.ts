/** What an author writes: the shape of input and output, how the model is loaded, and how it predicts. */

import type { Codec } from '@optml/codecs';
import { isDefinition, markDefinition } from '@optml/contract/definition';
import type { Log } from '@optml/contract/log';
import type * as core from 'zod/v4/core';
import type { SparseOptions } from '../bodies/sparse-rows.ts';
import type { ChatPiece } from '../chat-completions/chat-reply.ts';
import type { ChatCompletionsRequest } from '../chat-completions/chat-request.ts';
import type { Message } from '../invocation/conversation.ts';
import type { ReplySettings } from '../invocation/reply-headers.ts';
import type { Adapter, AdapterOptions } from './adapter-options.ts';
import { assertComplete } from './assert-complete.ts';
import type { BatchingOptions } from './batching-options.ts';
import type { InvocationRequestInfo } from './invocation-request-info.ts';
import type { Session, SessionOptions } from './session-options.ts';
import type { Stream } from './stream-source.ts';

/** What `load` gets. */
export interface LoadContext {
  /** Absolute path of the unpacked model artifact; read-only on the platform. */
  readonly modelDirectory: string;
  /** Aborts when the server closes before the model is loaded. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A file of a form, as `z.file()` takes it. */
export interface UploadedFile extends File {
  /** Absolute path of one that went to disk, until the invocation is over; others are in memory. */
  readonly path?: string | undefined;
}

/** What `predict` gets beside the instances. */
export interface PredictContext<Model, State = unknown, Value = unknown> {
  /** What `load` returned. */
  readonly model: Model;
  /** The adapter that the request names; `undefined` for a request without one. */
  readonly adapter: Adapter<Value> | undefined;
  /** The session that the request names; `undefined` for a request without one. */
  readonly session: Session<State> | undefined;
  readonly request: InvocationRequestInfo;
  /** Sets headers of the reply. */
  readonly reply: ReplySettings;
  /** Aborts when the client has left or the time for the invocation is over. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What `predictBatch` gets beside the instances of each request. */
export interface PredictBatchContext<Model, Value = unknown> {
  /** What `load` returned. */
  readonly model: Model;
  /** The adapters that the requests name, in the order of the batch; `undefined` for one without. */
  readonly adapters: readonly (Adapter<Value> | undefined)[];
  /** In the order of the batch. */
  readonly requests: readonly InvocationRequestInfo[];
  /** Sets headers of the replies, in the order of the batch. */
  readonly replies: readonly ReplySettings[];
  /** Aborts when nobody waits for any of the batch any more. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What `predictBidirectional` gets beside the messages. */
export interface BidirectionalContext<Model> {
  /** What `load` returned. */
  readonly model: Model;
  /** Of the request that opened the connection; `X-Amzn-SageMaker-Model-Query-String` is among its headers. */
  readonly request: Omit<InvocationRequestInfo, 'contentType'>;
  /**
   * Aborts when the client has left, when the time of the connection is over, and 3 s before a server that drains closes
   * it: what is yielded until then is still sent.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
}

interface InvocationBase<Input, Output, Model> {
  /** Checks what `predict` gets; its output type is `instances`. Refinements are synchronous. */
  readonly input: core.$ZodType<Input>;
  /** Checks what `predict` returns, of a stream each item: a prediction that does not fit is never sent. */
  readonly output: core.$ZodType<Output>;
  /** Codecs of further content types, or of known ones in place of the built-in codecs. */
  readonly codecs?: readonly Codec[] | undefined;
  /**
   * How csv, npy, npz, libsvm and RecordIO-protobuf reach `input`: as `lists` (default), so that one schema takes the
   * same rows from them as from JSON; or `packed` in typed arrays, of npy without a copy where its bytes allow it: an
   * `NdArray` of csv and npy, `NdArray`s by name of npz, `LibsvmRow[]`, `TensorRecord[]`. JSON stays as it is.
   */
  readonly arrays?: 'lists' | 'packed' | undefined;
  /**
   * How bodies of bytes (`application/octet-stream`, images) reach `input`: `whole` (default), or as a `stream`, an
   * `AsyncIterable<Uint8Array>` that is read as it is asked for, so that a body of any size takes hardly any memory.
   */
  readonly bytes?: 'whole' | 'stream' | undefined;
  /** How the columns of libsvm become rows. */
  readonly sparse?: SparseOptions | undefined;
  /**
   * Gives instances as a client would send them in JSON, or bytes, or an `NdArray` as of npy. They are predicted before `/ping` answers 200,
   * up to 20 times within 25 ms; a sample that fails ends the server.
   */
  sample?(model: Model): unknown;
}

interface ModelBase<Model, Value> {
  /** Loads the model, once per worker. */
  load(context: LoadContext): Model | Promise<Model>;
  /** Lets the platform load adapters beside the model; without it, requests that name one are refused. */
  readonly adapters?: AdapterOptions<Model, Value> | undefined;
  /**
   * Says whether the model can predict now: `false`, or a thrown error, makes `/ping` answer 503. Called in
   * each worker every 5 s (`healthIntervalMs`), never by `/ping` itself; one that has not ended after 5 s counts as `false`.
   */
  health?(model: Model): boolean | undefined | Promise<boolean | undefined>;
  /** Releases what `load` made, when the server drains. */
  unload?(model: Model): void | Promise<void>;
}

/**
 * Converses on a WebSocket connection: takes the client's messages, text or bytes, and yields its own. A string is a text
 * message, a `Uint8Array` a binary one, and an asynchronous iterable or a generator of either is one message in fragments,
 * each sent when it is yielded; anything else is a text message of JSON. The connection closes when it returns. The messages
 * end when the client has left, and when a server that drains waits for no more of them.
 */
type PredictBidirectional<Model> = (
  messages: AsyncIterable<Message>,
  context: BidirectionalContext<Model>,
) => AsyncIterable<unknown>;

/**
 * Gives a prediction, or streams one item by item: as a generator function, or by returning an asynchronous iterable.
 * `output` then checks each item, and each leaves as soon as it is there.
 */
type Predict<Input, Output, Model, State, Value> = (
  instances: Input,
  context: PredictContext<Model, State, Value>,
) => Output | Promise<Output> | Stream<Output> | Promise<AsyncIterable<Output>>;

/**
 * Predicts for several requests in one call: gives one output, or the error of that request alone, for each
 * and in their order. When it throws, every request of the batch is predicted again on its own.
 */
type PredictBatch<Input, Output, Model, Value> = (
  batch: readonly Input[],
  context: PredictBatchContext<Model, Value>,
) => readonly (Output | Error)[] | Promise<readonly (Output | Error)[]>;

interface BidirectionalBase<Model> {
  /** Answers WebSocket connections at `/invocations-bidirectional-stream`; `input` and `output` do not check messages. */
  readonly predictBidirectional: PredictBidirectional<Model>;
  /** Further paths of connections, such as `/v1/realtime`, which clients name as `ModelInvocationPath`; default none. */
  readonly bidirectionalPaths?: readonly string[] | undefined;
}

/**
 * Answers a request for chat completions: gives the text, or an object with more of the message, its `finish_reason` and
 * `usage`; or yields it piece by piece. Whether the client gets it whole or chunk by chunk is the client's choice.
 */
type ChatCompletions<Model, State, Value> = (
  request: ChatCompletionsRequest,
  context: PredictContext<Model, State, Value>,
) => ChatPiece | Promise<ChatPiece> | Stream<ChatPiece> | Promise<AsyncIterable<ChatPiece>>;

interface ChatBase<Model, State, Value> {
  /** Answers `/v1/chat/completions`, in the words of OpenAI's API; `input` and `output` have no part in it. */
  readonly chatCompletions: ChatCompletions<Model, State, Value>;
}

interface SessionBase<Model, State> {
  /** Lets requests of one client share a state; without it, requests that name a session are refused. */
  readonly sessions?: SessionOptions<Model, State> | undefined;
}

/** How a predictor answers invocations. */
type Invocations<Input, Output, Model, State, Value> =
  | (SessionBase<Model, State> & {
      readonly predict: Predict<Input, Output, Model, State, Value>;
      readonly predictBatch?: undefined;
      readonly batching?: undefined;
    })
  | {
      readonly predict?: undefined;
      readonly sessions?: undefined;
      readonly predictBatch: PredictBatch<Input, Output, Model, Value>;
      readonly batching?: BatchingOptions | undefined;
    };

/**
 * A predictor as data, with `predict`, or `predictBatch` for a model that is faster with many at once, and with
 * `chatCompletions` and `predictBidirectional` beside it or alone; the default export of the module that `createApp` gets by its URL.
 */
export type PredictorDefinition<
  Input = unknown,
  Output = unknown,
  Model = unknown,
  State = unknown,
  Value = unknown,
> = ModelBase<Model, Value> &
  (
    | (InvocationBase<Input, Output, Model> &
        Invocations<Input, Output, Model, State, Value> &
        Partial<ChatBase<Model, State, Value>> &
        Partial<BidirectionalBase<Model>>)
    | (ChatBase<Model, State, Value> &
        SessionBase<Model, State> &
        Partial<BidirectionalBase<Model>> & {
          /** Gives a request, which is answered before `/ping` answers 200. */
          sample?(model: Model): ChatCompletionsRequest;
          readonly predict?: undefined;
          readonly predictBatch?: undefined;
          readonly batching?: undefined;
        })
    | (Partial<ChatBase<Model, State, Value>> &
        BidirectionalBase<Model> & {
          readonly predict?: undefined;
          readonly sessions?: undefined;
          readonly predictBatch?: undefined;
          readonly batching?: undefined;
        })
  );

/** A definition that has what all have: in one without invocations, the schemas of anything. */
export type CompleteDefinition = PredictorDefinition & InvocationBase<unknown, unknown, unknown>;

type NameOf<Definition> = Definition extends unknown ? keyof Definition : never;

const knownMembers: Readonly<Record<NameOf<PredictorDefinition>, true>> = {
  load: true,
  unload: true,
  health: true,
  sample: true,
  input: true,
  output: true,
  codecs: true,
  arrays: true,
  bytes: true,
  sparse: true,
  predict: true,
  predictBatch: true,
  batching: true,
  predictBidirectional: true,
  bidirectionalPaths: true,
  chatCompletions: true,
  sessions: true,
  adapters: true,
};

/**
 * Defines a predictor.
 *
 * @throws ServeError `PREDICTOR_INVALID` for one that is not complete.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { definePredictor } from '@optml/serve/predictor';
 * import { z } from 'zod';
 *
 * export default definePredictor({
 *   input: z.array(z.array(z.number())),
 *   output: z.array(z.number()),
 *   sample: () => [[1, 2]],
 *   async load({ modelDirectory }) {
 *     return JSON.parse(await readFile(`${modelDirectory}/model.json`, 'utf8')) as { bias: number };
 *   },
 *   predict: (instances, { model }) => instances.map((row) => model.bias + row.length),
 * });
 * ```
 */
export function definePredictor<Input, Output, Model, State, Value>(
  definition: PredictorDefinition<Input, Output, Model, State, Value>,
): PredictorDefinition<Input, Output, Model, State, Value> {
  assertComplete(definition, knownMembers);
  return markDefinition('predictor', definition);
}

/** True where a definition answers invocations. */
export function answersInvocations({ predict, predictBatch }: PredictorDefinition): boolean {
  return predict !== undefined || predictBatch !== undefined;
}

/** Recognises a definition, also one that another copy of this package made. */
export function isPredictorDefinition(value: unknown): value is PredictorDefinition {
  return isDefinition(value, 'predictor');
}
