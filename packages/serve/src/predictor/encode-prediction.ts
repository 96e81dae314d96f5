/** Writes a prediction in the best of the types that the client accepts and that can hold it. */

import { CodecError } from '@optml/codecs';
import { isKnownError, ServeError } from '../errors.ts';
import type { ReplyType } from './media-types.ts';
import { writePlainRows } from './write-plain-rows.ts';

/** A prediction as text or bytes; nobody else holds on to them. */
export interface EncodedPrediction {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/**
 * Tries the types in order until one can hold the prediction.
 *
 * @throws ServeError `ACCEPT_UNSATISFIABLE` when another type could hold it, `PREDICTION_UNENCODABLE` when JSON could not.
 */
export function encodePrediction(prediction: unknown, types: readonly ReplyType[]): EncodedPrediction {
  const failures: { readonly type: string; readonly error: Error }[] = [];
  for (const type of types) {
    try {
      return { contentType: type.type, body: encodeAs(type, prediction) };
    } catch (error) {
      if (!isKnownError(error)) throw error;
      failures.push({ type: type.type, error });
    }
  }
  throw explainFailures(failures, prediction);
}

function encodeAs({ codec }: ReplyType, prediction: unknown): string | Uint8Array {
  const [canonical] = codec.mediaTypes;
  if (canonical === 'application/octet-stream') {
    // The author may use the array again; a reply is still being written, or is moved to another thread.
    return new Uint8Array(codec.encode(prediction));
  }
  if (prediction instanceof Uint8Array) {
    throw new CodecError('JSON_UNENCODABLE', 'bytes are written as application/octet-stream only');
  }
  if (canonical === 'application/json') {
    return codec.encode(Array.isArray(prediction) ? { predictions: prediction } : prediction);
  }
  const rows: readonly unknown[] = Array.isArray(prediction) ? prediction : [prediction];
  const plain = canonical === 'text/csv' ? writePlainRows(rows) : undefined;
  return plain ?? codec.encode(rows);
}

function explainFailures(
  failures: readonly { readonly type: string; readonly error: Error }[],
  prediction: unknown,
): ServeError {
  const json = failures.find(({ type }) => type === 'application/json');
  if (json !== undefined && !(prediction instanceof Uint8Array)) {
    const message = `the prediction cannot be written: ${json.error.message}`;
    return new ServeError('PREDICTION_UNENCODABLE', message, { cause: json.error });
  }
  const reasons = failures.map(({ type, error }) => `${type} (${error.message})`).join(', ');
  const other = prediction instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
  const message = `the prediction cannot be written as ${reasons}: accept ${other}`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message, { cause: failures[0]?.error });
}
