/** Writes a prediction in the best of the types that the client accepts and that can hold it. */

import { CodecError } from '@optml/codecs';
import { describeThrown } from '../errors/describe-thrown.ts';
import { isKnownError, ServeError } from '../errors/errors.ts';
import type { ReplyType } from './media-types.ts';
import { writeJson } from './write-text.ts';

/** Why a type cannot hold a prediction. */
export interface EncodeFailure {
  readonly type: string;
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
 * @throws ServeError `ACCEPT_UNSATISFIABLE` when JSON could hold it, or the octet stream where it is bytes; else
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
    failures.push({ type: type.type, error: body });
  }
  throw explainFailures(failures, prediction);
}

function tryToEncode(type: ReplyType, prediction: unknown): string | Uint8Array | Error {
  try {
    return encodeAs(type, prediction);
  } catch (error) {
    return toEncodeError(error, type.type);
  }
}

/** Gives the error of a prediction that does not fit a type. @throws ServeError for a codec of the author's that failed. */
export function toEncodeError(error: unknown, type: string): Error {
  if (isKnownError(error)) return error;
  const message = `writing the prediction as ${type} failed: ${describeThrown(error)}`;
  throw new ServeError('PREDICTOR_FAILED', message, { cause: error });
}

function encodeAs(
  { format: { codec, fromPrediction } }: ReplyType,
  prediction: unknown,
): string | Uint8Array {
  // The author may use the array again; a reply is still being written, or is moved to another thread.
  if (fromPrediction === undefined) return new Uint8Array(codec.encode(prediction));
  if (prediction instanceof Uint8Array) {
    throw new CodecError(
      'JSON_UNENCODABLE',
      'bytes can only be written as application/octet-stream or an image',
    );
  }
  return fromPrediction(prediction);
}

/** Advises the type that holds anything that can be sent, once it is known to hold this prediction. */
export function explainFailures(failures: readonly EncodeFailure[], prediction: unknown): ServeError {
  const isBytes = prediction instanceof Uint8Array;
  const unencodable = isBytes ? undefined : findUnencodable(prediction);
  if (unencodable !== undefined) return unencodable;
  const reasons = failures.map(({ type, error }) => `${type} (${error.message})`).join(', ');
  const other = isBytes ? 'application/octet-stream' : 'application/json';
  const message = `the prediction cannot be written as ${reasons}: accept ${other}`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message, { cause: failures[0]?.error });
}

/** Gives the error of a prediction that JSON cannot hold, and so nothing that is advised. */
export function findUnencodable(prediction: unknown): ServeError | undefined {
  try {
    writeJson(prediction);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    const message = `the prediction cannot be written: ${cause.message}`;
    return new ServeError('PREDICTION_UNENCODABLE', message, { cause });
  }
}
