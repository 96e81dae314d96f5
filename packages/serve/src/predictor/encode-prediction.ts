/** Writes a prediction in the best of the types that the client accepts and that can hold it. */

import {
  CodecError,
  csvCodec,
  isNdArray,
  jsonCodec,
  jsonLinesCodec,
  type NdArray,
  npyCodec,
  npzCodec,
  recordIoProtobufCodec,
  toLists,
} from '@optml/codecs';
import { isKnownError, ServeError } from '../errors.ts';
import type { ReplyType } from './media-types.ts';
import { writePlainRows } from './write-plain-rows.ts';
import { toTensorRecords } from './write-records.ts';

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
  const encode = encoders.get(codec);
  // The author may use the array again; a reply is still being written, or is moved to another thread.
  if (encode === undefined) return new Uint8Array(codec.encode(prediction));
  if (prediction instanceof Uint8Array) {
    throw new CodecError(
      'JSON_UNENCODABLE',
      'bytes are written as application/octet-stream or an image only',
    );
  }
  return encode(prediction);
}

/** Codecs that write rows and arrays; all others, the author's too, get the prediction as it is. */
const encoders: ReadonlyMap<unknown, (prediction: unknown) => string | Uint8Array> = new Map<
  unknown,
  (prediction: unknown) => string | Uint8Array
>([
  [
    jsonCodec,
    (prediction) => {
      const lists = unpack(prediction);
      return jsonCodec.encode(Array.isArray(lists) ? { predictions: lists } : lists);
    },
  ],
  [
    csvCodec,
    (prediction) => {
      const rows = toRows(prediction);
      return writePlainRows(rows) ?? csvCodec.encode(rows as Parameters<typeof csvCodec.encode>[0]);
    },
  ],
  [jsonLinesCodec, (prediction) => jsonLinesCodec.encode(toRows(prediction))],
  [npyCodec, (prediction) => npyCodec.encode(prediction as NdArray)],
  [npzCodec, (prediction) => npzCodec.encode(prediction as NdArray)],
  [recordIoProtobufCodec, (prediction) => recordIoProtobufCodec.encode(toTensorRecords(toRows(prediction)))],
]);

function toRows(prediction: unknown): readonly unknown[] {
  const lists = unpack(prediction);
  return Array.isArray(lists) ? lists : [lists];
}

/** Typed arrays are lists to every reader of text. */
function unpack(prediction: unknown): unknown {
  if (typeof prediction !== 'object' || prediction === null || Array.isArray(prediction)) return prediction;
  if (isNdArray(prediction)) return toLists(prediction);
  const isList = ArrayBuffer.isView(prediction) && Symbol.iterator in prediction;
  return isList ? [...(prediction as unknown as Iterable<unknown>)] : prediction;
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
