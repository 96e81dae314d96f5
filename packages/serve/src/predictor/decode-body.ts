/** Turns a body into the values that are offered to the author's schema. */

import { isAscii } from 'node:buffer';
import type { CsvRow } from '@optml/codecs';
import type { RequestType } from './media-types.ts';
import { readCell, readPlainRows } from './read-plain-rows.ts';

/** A decoded body, before the schema has seen it. */
export interface DecodedBody {
  /** What the instances are called in messages: `instances`, or the key that held them. */
  readonly name: string;
  /** The instances; of csv, with the numbers as numbers. */
  readonly instances: unknown;
  /** Of csv, every cell as it was written. */
  readonly cells?: readonly (readonly string[])[];
}

/**
 * Decodes a body by its content type; a string is ASCII.
 *
 * @throws CodecError for a body that is not what its type says.
 */
export function decodeBody(body: string | Uint8Array, type: RequestType): DecodedBody {
  return decodePlain(body, type) ?? decodeByCodec(body, type);
}

/** Takes the short way for the commonest bodies; whatever is wrong with them is found by the codec. */
function decodePlain(body: string | Uint8Array, { codec, isUtf8 }: RequestType): DecodedBody | undefined {
  const [canonical] = codec.mediaTypes;
  if (!isUtf8 || (canonical !== 'text/csv' && canonical !== 'application/json')) return undefined;
  const text = readAscii(body);
  if (text === undefined) return undefined;
  if (canonical === 'application/json') return parsePlainJson(text);
  const cells = readPlainRows(text);
  return cells === undefined ? undefined : createRows(cells);
}

function readAscii(body: string | Uint8Array): string | undefined {
  if (typeof body === 'string') return body;
  if (!isAscii(body)) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}

function parsePlainJson(text: string): DecodedBody | undefined {
  try {
    return unwrapDocument(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function decodeByCodec(body: string | Uint8Array, { codec, parameters }: RequestType): DecodedBody {
  const bytes = typeof body === 'string' ? ownBytes(Buffer.from(body, 'latin1')) : body;
  // The server has bounded the whole body already.
  const decoded = codec.decode(bytes, { parameters, maximumRecordBytes: Number.POSITIVE_INFINITY });
  const [canonical] = codec.mediaTypes;
  if (canonical === 'text/csv') return createRows((decoded as CsvRow[]).map((row) => row.cells));
  if (canonical === 'application/json') return unwrapDocument(decoded);
  const instances = decoded instanceof Uint8Array ? ownBytes(decoded) : decoded;
  return { name: 'instances', instances };
}

/** The author may look at the array's buffer: it holds the body and nothing else. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength && !Buffer.isBuffer(bytes);
  return isWhole ? bytes : new Uint8Array(bytes);
}

function createRows(cells: readonly (readonly string[])[]): DecodedBody {
  return { name: 'instances', instances: cells.map((row) => row.map(readCell)), cells };
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
