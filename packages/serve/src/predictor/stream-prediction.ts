/** Makes the reply of a prediction that comes item by item. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Log, withFields } from '@optml/contract/log';
import {
  advisedForItems,
  type EncodeFailure,
  explainFailures,
  toEncodeError,
} from '../bodies/encode-prediction.ts';
import { frameBytes } from '../bodies/frames.ts';
import type { MediaTypes, StreamType } from '../bodies/media-types.ts';
import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { StreamEnd, StreamedReply } from '../invocation/invocation.ts';
import type { RunInTrace } from '../observability/load-trace-api.ts';
import { placeInWhole } from './place-in-whole.ts';
import type { Prediction } from './prediction.ts';
import {
  createNotBytesError,
  createOpenInferenceError,
  toPredictorError,
  validatePrediction,
} from './prepare-invocation.ts';
import { openSource, type Stream } from './stream-source.ts';

export interface StreamOptions {
  readonly mediaTypes: MediaTypes;
  readonly runInTrace: RunInTrace | undefined;
}

/** How long a generator that was told to end may take before the log names it. */
const endTimeoutMs = 5_000;

/**
 * Waits for the first item, which decides the type and may still fail as any prediction does. When the invocation is
 * cancelled, the source is told to return, and its `finally` blocks run.
 *
 * @throws ServeError as an ordinary prediction, for what goes wrong up to the first item.
 */
export async function streamPrediction(
  stream: Stream,
  prediction: Prediction,
  { mediaTypes, runInTrace }: StreamOptions,
): Promise<StreamedReply> {
  const { request, prepared, ticket } = prediction;
  const log = withFields(prediction.log, { requestId: request.requestId });
  prediction.predictor.hasStreamed = true;
  const source = open(stream);
  const stop = () => void endSource(source, 'predict', log);
  ticket.cancellation.onCancel(stop);
  try {
    const accepted = listTypes(prediction, mediaTypes);
    const pull = () =>
      runInTrace === undefined ? source.next() : runInTrace(request.headers, () => source.next());
    const items = readItems(pull, prediction);
    const item = await items.next();
    const types =
      prepared.reply?.contentType === undefined ? accepted : [nameType(prepared.reply.contentType, item)];
    const { type, first, rest } = await openPieces(item, items, types);
    const { reply } = prepared;
    if (reply !== undefined) reply.isSent = true;
    const headers = { 'content-type': type.type, ...streamHeaders, ...reply?.headers };
    return { status: 200, headers, body: follow(first, rest, { type, prediction, log, stop }) };
  } catch (error) {
    stop();
    throw error;
  }
}

/** What stands in front of the server is not to gather the pieces. Source: nginx, `proxy_buffering`. */
const streamHeaders = { 'x-accel-buffering': 'no' };

/** @throws ServeError `ACCEPT_UNSATISFIABLE` */
function listTypes({ request, prepared }: Prediction, mediaTypes: MediaTypes): readonly StreamType[] {
  if (prepared.write === undefined) return mediaTypes.rankStreamTypes(request.accept, prepared.contentType);
  throw createOpenInferenceError();
}

/** The type that the author has set is one of bytes. */
function nameType(type: string, { done, value }: IteratorResult<unknown>): StreamType {
  if (done === true || value instanceof Uint8Array) return { type, frame: frameBytes };
  throw createNotBytesError(type);
}

/** Validates the items one by one. Between two of them the thread does whatever else there is to do, writing the first included. */
async function* readItems(
  pull: () => Promise<IteratorResult<unknown>>,
  { predictor: { definition } }: Prediction,
): AsyncGenerator<unknown> {
  for (let record = 0; ; record += 1) {
    if (record > 0) await nextTurn();
    const { done, value } = await take(pull);
    if (done === true) return;
    yield validatePrediction(definition.output, value, `items[${record}]`);
  }
}

function open(stream: Stream): AsyncIterator<unknown> {
  try {
    return openSource(stream);
  } catch (cause) {
    throw toPredictorError(cause);
  }
}

/** An iterator of the author's may also throw, or return what is not a promise, or no result. */
export async function take(pull: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
  try {
    const { done, value } = await pull();
    return { done, value } as IteratorResult<unknown>;
  } catch (cause) {
    throw toPredictorError(cause);
  }
}

interface OpenPieces {
  readonly type: StreamType;
  readonly first: IteratorResult<string | Uint8Array>;
  readonly rest: AsyncIterator<string | Uint8Array>;
}

/** Takes the first type that can hold the first item. */
async function openPieces(
  item: IteratorResult<unknown>,
  items: AsyncGenerator<unknown>,
  types: readonly StreamType[],
): Promise<OpenPieces> {
  const failures: EncodeFailure[] = [];
  for (const type of types) {
    const rest = type.frame(startWith(item, items));
    try {
      return { type, first: await rest.next(), rest };
    } catch (error) {
      if (error instanceof ServeError) throw error;
      failures.push({ type, error: toEncodeError(error, type) });
    }
  }
  throw explainFailures(failures, item.value, advisedForItems);
}

/** Gives the item that was taken, and then the others; ending it early ends nothing else. */
function startWith(first: IteratorResult<unknown>, items: AsyncGenerator<unknown>): AsyncIterable<unknown> {
  let isTaken = false;
  const next = async () => {
    if (isTaken) return await items.next();
    isTaken = true;
    return first;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

interface FollowOptions {
  readonly type: StreamType;
  readonly prediction: Prediction;
  readonly log: Log;
  stop(): void;
}

/** Never throws: what goes wrong is in the log, and its code is how the stream ended. */
async function* follow(
  first: IteratorResult<string | Uint8Array>,
  rest: AsyncIterator<string | Uint8Array>,
  { type, prediction: { clock, ticket, request }, log, stop }: FollowOptions,
): AsyncGenerator<string | Uint8Array, StreamEnd> {
  try {
    for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value;
    clock?.notePredicted();
    clock?.noteEncoded();
    return { times: clock?.times };
  } catch (thrown) {
    stop();
    clock?.noteFailed();
    const error = thrown instanceof ServeError ? thrown : explainLateFailure(thrown, type);
    const placed = await placeInWhole(error, request);
    reportFailure(placed, log, ticket.cancellation.reason !== undefined);
    return { failure: createErrorReply(placed), times: clock?.times };
  }
}

/** The type is decided by then: what it cannot hold, nothing can. */
function explainLateFailure(thrown: unknown, type: StreamType): ServeError {
  try {
    const cause = toEncodeError(thrown, type);
    const message = `an item of the prediction cannot be written as ${type.type}: ${cause.message}`;
    return new ServeError('PREDICTION_UNENCODABLE', message, { cause });
  } catch (error) {
    return error as ServeError;
  }
}

/** Never rejects; one that has ended is left alone by this. */
export async function endSource(
  source: AsyncIterator<unknown>,
  member: 'predict' | 'predictBidirectional',
  log: Log,
): Promise<void> {
  const warn = () =>
    log.warn(
      `a streamed prediction does not end: let ${member} observe \`signal\`, and its finally blocks end`,
      { afterMs: endTimeoutMs },
    );
  const timer = setTimeout(warn, endTimeoutMs).unref();
  try {
    await source.return?.();
  } catch (error) {
    const facts = { reason: describeThrown(error), stack: describeInFull(error) };
    log.warn('ending a streamed prediction failed', facts);
  } finally {
    clearTimeout(timer);
  }
}
