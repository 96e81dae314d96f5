/** Turns a body into the values that are offered to the author's schema. */

import type { CsvRow } from '@optml/codecs';
import type { RequestType } from './media-types.ts';

/** A decoded body, before the schema has seen it. */
export interface DecodedBody {
  /** What the instances are called in messages: `instances`, or the key that held them. */
  readonly name: string;
  /** The instances; of csv, with the numbers as numbers. */
  readonly instances: unknown;
  /** Of csv, every cell as it was written. */
  readonly cells?: readonly (readonly string[])[];
}

/** A number in csv; neither hexadecimal, nor the empty cell, both of which `Number` would read. */
const numberPattern = /^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/;

/**
 * Decodes a body by its content type.
 *
 * @throws CodecError for a body that is not what its type says.
 */
export function decodeBody(body: Uint8Array, { codec, parameters }: RequestType): DecodedBody {
  // The server has bounded the whole body already.
  const decoded = codec.decode(body, { parameters, maximumRecordBytes: Number.POSITIVE_INFINITY });
  const [canonical] = codec.mediaTypes;
  if (canonical === 'text/csv') return readRows(decoded as CsvRow[]);
  if (canonical === 'application/json') return unwrapDocument(decoded);
  return { name: 'instances', instances: decoded };
}

function readRows(rows: readonly CsvRow[]): DecodedBody {
  const cells = rows.map((row) => row.cells);
  return { name: 'instances', instances: cells.map((row) => row.map(readCell)), cells };
}

/** `1e999` stays text: infinity is not what it says. */
function readCell(cell: string): string | number {
  if (!numberPattern.test(cell)) return cell;
  const value = Number(cell);
  return Number.isFinite(value) ? value : cell;
}

/** `{"instances": X}` is SageMaker's own convention, `{"inputs": X}` that of TensorFlow Serving and Hugging Face. */
function unwrapDocument(document: unknown): DecodedBody {
  for (const name of ['instances', 'inputs']) {
    if (isWrapper(document, name)) return { name, instances: document[name] };
  }
  return { name: 'instances', instances: document };
}

/** True for an object with exactly this key. */
export function isWrapper<Key extends string>(
  value: unknown,
  key: Key,
): value is Readonly<Record<Key, unknown>> {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return Object.keys(value).length === 1;
}
