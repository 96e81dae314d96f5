/** Turns a body into the values that are offered to the author's schema. */

import { isAscii } from 'node:buffer';
import { CodecError, type CsvRow, csvCodec, jsonCodec, parseJson } from '@optml/codecs';
import type { DecodedBody } from './decoded-body.ts';
import { dropLabels } from './drop-labels.ts';
import type { RequestType } from './media-types.ts';
import { type ArrayOptions, findArrayReader, type LossyNumbers } from './read-arrays.ts';
import { readCell, readNumberRows, readPlainRows } from './read-plain-rows.ts';

/**
 * Decodes a body by its content type; a string is ASCII. Labels are left out.
 *
 * @throws CodecError for a body that is not what its type says; ServeError `BODY_TOO_LARGE`, `INPUT_INVALID`.
 */
export function decodeBody(
  body: string | Uint8Array,
  type: RequestType,
  options: ArrayOptions = {},
): DecodedBody {
  const decoded = decodePlain(body, type, options) ?? decodeByCodec(body, type, options);
  return type.labelColumns === 0 ? decoded : dropLabels(decoded, type.labelColumns);
}

/** Takes the short way for the commonest bodies; whatever is wrong with them is found by the codec. */
function decodePlain(
  body: string | Uint8Array,
  { codec, isUtf8 }: RequestType,
  { arrays }: ArrayOptions,
): DecodedBody | undefined {
  const isCsv = (codec as unknown) === csvCodec && arrays !== 'packed';
  if (!isUtf8 || !(isCsv || codec === jsonCodec)) return undefined;
  const numbers = isCsv && typeof body !== 'string' ? readNumberRows(body) : undefined;
  if (numbers !== undefined) {
    // The author may change the rows, and the body stays.
    const readCells = () => readPlainRows(readAscii(body) ?? '') ?? [];
    return { name: 'instances', instances: numbers, readCells, areNumberRows: true };
  }
  const text = readAscii(body);
  if (text === undefined) return undefined;
  if (!isCsv) return parsePlainJson(text);
  const cells = readPlainRows(text);
  return cells === undefined ? undefined : createRows(cells);
}

function readAscii(body: string | Uint8Array): string | undefined {
  if (typeof body === 'string') return body;
  if (!isAscii(body)) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}

/** What is wrong with a document is said by the codec, which looks at it again. */
function parsePlainJson(text: string): DecodedBody | undefined {
  try {
    return unwrapDocument(parseJson(text));
  } catch {
    return undefined;
  }
}

function decodeByCodec(body: string | Uint8Array, type: RequestType, options: ArrayOptions): DecodedBody {
  const bytes = typeof body === 'string' ? ownBytes(Buffer.from(body, 'latin1')) : body;
  try {
    return decodeBytes(bytes, type, options, 'refuse');
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== 'NUMBER_LOSSY') throw error;
    // The schema may take text, or a bigint.
    return { ...decodeBytes(bytes, type, options, 'text'), hasLossyNumbers: true };
  }
}

function decodeBytes(
  bytes: Uint8Array,
  { codec, parameters }: RequestType,
  options: ArrayOptions,
  lossyNumbers: LossyNumbers,
): DecodedBody {
  const name = 'instances';
  const read = findArrayReader(codec, options);
  if (read !== undefined) return { name, instances: read(bytes, parameters, lossyNumbers) };
  // The server has bounded the whole body already.
  const maximumRecordBytes = Number.POSITIVE_INFINITY;
  const decoded = codec.decode(bytes, { parameters, maximumRecordBytes, lossyNumbers });
  if ((codec as unknown) === csvCodec) return createRows((decoded as CsvRow[]).map((row) => row.cells));
  if (codec === jsonCodec) return unwrapDocument(decoded);
  return { name, instances: decoded instanceof Uint8Array ? ownBytes(decoded) : decoded };
}

/** The author may look at the array's buffer: it holds the body and nothing else. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength && !Buffer.isBuffer(bytes);
  return isWhole ? bytes : new Uint8Array(bytes);
}

function createRows(cells: readonly (readonly string[])[]): DecodedBody {
  let hasLossyNumbers = false;
  const noteLossy = () => {
    hasLossyNumbers = true;
  };
  const instances = cells.map((row) => row.map((cell) => readCell(cell, noteLossy)));
  return { name: 'instances', instances, readCells: () => cells, hasLossyNumbers };
}

/** `{"instances": X}` is SageMaker's own convention, `{"inputs": X}` that of TensorFlow Serving and Hugging Face. */
export const wrappers = ['instances', 'inputs'];

function unwrapDocument(document: unknown): DecodedBody {
  for (const name of wrappers) {
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
