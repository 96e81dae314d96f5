/** Writes a prediction in the best of the types that the client accepts and that can hold it. */

import {
  CodecError,
  type EncodableArray,
  type EncodableArrays,
  npyCodec,
  npzCodec,
  octetStreamCodec,
} from '@optml/codecs';
import { describeThrown } from '../errors/describe-thrown.ts';
import { isKnownError, ServeError } from '../errors/errors.ts';
import type { ReplyType } from './media-types.ts';
import { writeCsv, writeJson } from './write-text.ts';

/** Why a type cannot hold a prediction. */
export interface EncodeFailure {
  readonly type: Pick<ReplyType, 'type' | 'isOpen'>;
  readonly error: Error;
}

/** A prediction as text or bytes; nobody else holds on to them. */
export interface EncodedPrediction {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/**
 * Tries the types in order until one can hold the prediction.
 *
 * @throws ServeError `ACCEPT_UNSATISFIABLE` when a type that the client does not accept could hold it; else
 * `PREDICTION_UNENCODABLE`. `PREDICTOR_FAILED` when a codec of the author's fails.
 */
export function encodePrediction(prediction: unknown, types: readonly ReplyType[]): EncodedPrediction {
  if (types.length === 0) {
    const message = 'only a streamed prediction can be written as text/event-stream: accept application/json';
    throw new ServeError('ACCEPT_UNSATISFIABLE', message);
  }
  const failures: EncodeFailure[] = [];
  for (const type of types) {
    const body = tryToEncode(type, prediction);
    if (!(body instanceof Error)) return { contentType: type.type, body };
    failures.push({ type, error: body });
  }
  throw explainFailures(failures, prediction);
}

function tryToEncode(type: ReplyType, prediction: unknown): string | Uint8Array | Error {
  try {
    return encodeAs(type, prediction);
  } catch (error) {
    return toEncodeError(error, type);
  }
}

/**
 * Gives the error of a prediction that does not fit a type, or fails when it is read. @throws ServeError for a codec of the
 * author's that failed.
 */
export function toEncodeError(error: unknown, { type, isOwn }: Pick<ReplyType, 'type' | 'isOwn'>): Error {
  if (isKnownError(error)) return error;
  if (!isOwn) return new Error(`reading the prediction failed: ${describeThrown(error)}`, { cause: error });
  const message = `writing the prediction as ${type} failed: ${describeThrown(error)}`;
  throw new ServeError('PREDICTOR_FAILED', message, { cause: error });
}

function encodeAs(
  { format: { codec, fromPrediction } }: ReplyType,
  prediction: unknown,
): string | Uint8Array {
  // The author may use the array again; a reply is still being written, or is moved to another thread.
  if (fromPrediction === undefined) return new Uint8Array(codec.encode(prediction));
  if (isBytes(prediction)) {
    throw new CodecError(
      'JSON_UNENCODABLE',
      'bytes can only be written as application/octet-stream or an image',
    );
  }
  return fromPrediction(prediction);
}

/** A proxy is never taken for bytes, nor looked at. */
function isBytes(prediction: unknown): prediction is Uint8Array {
  return ArrayBuffer.isView(prediction) && prediction instanceof Uint8Array;
}

type Advised = readonly (readonly [type: string, write: (prediction: unknown) => unknown])[];

const advisedForBytes: Advised = [
  ['application/octet-stream', (bytes) => octetStreamCodec.encode(bytes as Uint8Array)],
];

/** JSON, and what holds a part of what it does not, such as NaN, for items of a stream too. */
export const advisedForItems: Advised = [
  ['application/json', writeJson],
  ['text/csv', (item) => writeCsv([item])],
];

const advisedForAll: Advised = [
  ['application/json', writeJson],
  ['text/csv', writeCsv],
  ['application/x-npy', (prediction) => npyCodec.encode(prediction as EncodableArray)],
  ['application/x-npz', (prediction) => npzCodec.encode(prediction as EncodableArrays)],
];

/** Advises the first type that is known to hold this prediction; a client that takes any type has no better one to ask for. */
export function explainFailures(
  failures: readonly EncodeFailure[],
  prediction: unknown,
  advisedForOthers = advisedForAll,
): ServeError {
  const isOpen = failures.some(({ type }) => type.isOpen);
  const advised = isBytes(prediction) ? advisedForBytes : advisedForOthers.slice(0, isOpen ? 1 : undefined);
  const other = advised.find(([, write]) => canWrite(write, prediction))?.[0];
  const cause = failures[0]?.error;
  if (other === undefined) return findUnencodable(prediction) ?? createUnencodableError(cause);
  const reasons = failures.map(({ type: { type }, error }) => `${type} (${error.message})`).join(', ');
  const message = `the prediction cannot be written as ${reasons}: accept ${other}`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message, { cause });
}

function canWrite(write: (prediction: unknown) => unknown, prediction: unknown): boolean {
  try {
    write(prediction);
    return true;
  } catch {
    return false;
  }
}

/** Gives the error of a prediction that JSON cannot hold. */
export function findUnencodable(prediction: unknown): ServeError | undefined {
  try {
    writeJson(prediction);
    return undefined;
  } catch (cause) {
    return createUnencodableError(cause);
  }
}

function createUnencodableError(cause: unknown): ServeError {
  const message = `the prediction cannot be written: ${describeThrown(cause)}`;
  return new ServeError('PREDICTION_UNENCODABLE', message, { cause });
}
