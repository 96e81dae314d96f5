/**
 * Reads the tensors of a record into typed arrays. A field may come packed, value by value, or in several
 * pieces; the encoding of the values is the same, so that the pieces put end to end are one packed field.
 */

import {
  createProtoError,
  type ProtoCursor,
  readEnd,
  readInt32,
  readVarint,
  skipField,
  wireTypes,
} from './proto-reader.ts';
import { findTensorFault, type Tensor } from './tensor-record.ts';

/** What the values of a tensor are, by the field of `Value` it stands in. */
export type TensorKind = 'float32' | 'float64' | 'int32';

/** Where the pieces of a tensor's fields stand in the record: a start and an end for each. */
export interface TensorPieces {
  readonly kind: TensorKind;
  readonly values: number[];
  readonly keys: number[];
  readonly shape: number[];
}

/** Creates a tensor of which nothing has been read. */
export function createTensorPieces(kind: TensorKind): TensorPieces {
  return { kind, values: [], keys: [], shape: [] };
}

/** Finds the pieces of the tensor up to `end`, behind those that are known. */
export function readTensorPieces(cursor: ProtoCursor, end: number, pieces: TensorPieces): void {
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    const spans = chooseSpans(pieces, tag);
    if (spans !== undefined && (tag & 7) === wireTypes.delimited) {
      const pieceEnd = readEnd(cursor, end);
      spans.push(cursor.at, pieceEnd);
      cursor.at = pieceEnd;
      continue;
    }
    const start = cursor.at;
    skipField(cursor, tag, end);
    if (spans !== undefined) spans.push(start, cursor.at);
  }
}

/** A known field of another wire type is an unknown field. */
function chooseSpans(pieces: TensorPieces, tag: number): number[] | undefined {
  if (tag === 0x0a || tag === 8 + valueWires[pieces.kind]) return pieces.values;
  if (tag === 0x12 || tag === 0x10) return pieces.keys;
  if (tag === 0x1a || tag === 0x18) return pieces.shape;
  return undefined;
}

const valueWires = {
  float32: wireTypes.fixed32,
  float64: wireTypes.fixed64,
  int32: wireTypes.varint,
} as const;

/** Makes the tensor of its pieces; `start` is the byte to name where they do not fit together. */
export function finishTensor(cursor: ProtoCursor, pieces: TensorPieces, start: number): Tensor {
  const values = readValues(cursor, pieces, start);
  if (pieces.keys.length === 0 && pieces.shape.length === 0) return { values };
  const keys = readVarints(cursor, pieces.keys, Float64Array, readVarint);
  const shape = [...readVarints(cursor, pieces.shape, Float64Array, readVarint)];
  const allZero = values.length === 0 && shape.length > 0 && !shape.includes(0);
  const tensor = {
    values,
    keys: keys.length > 0 || allZero ? keys : undefined,
    shape: shape.length > 0 ? shape : undefined,
  };
  const fault = findTensorFault(tensor);
  if (fault !== undefined) throw createProtoError(cursor, start, `a tensor ${fault}`);
  return tensor;
}

function readValues(cursor: ProtoCursor, { kind, values }: TensorPieces, start: number): Tensor['values'] {
  if (kind === 'int32') return readVarints(cursor, values, Int32Array, readInt32);
  const width = kind === 'float32' ? 4 : 8;
  const lengths = measurePieces(values);
  const odd = lengths.find((length) => length % width !== 0);
  if (odd !== undefined) {
    throw createProtoError(cursor, start, `${odd} bytes of ${kind} are not a multiple of ${width}`);
  }
  const count = lengths.reduce((sum, length) => sum + length, 0) / width;
  const { buffer, byteOffset } = cursor.bytes;
  const floats = width === 4 ? new Float32Array(count) : new Float64Array(count);
  // Not a view of the bytes: they stand at any address, and in the byte order of protobuf.
  const view = new DataView(buffer, byteOffset);
  for (let index = 0, filled = 0; index < values.length; index += 2) {
    const end = values[index + 1] ?? 0;
    for (let at = values[index] ?? 0; at < end; at += width) {
      floats[filled++] = width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    }
  }
  return floats;
}

function measurePieces(pieces: readonly number[]): number[] {
  const lengths: number[] = [];
  for (let index = 0; index < pieces.length; index += 2) {
    lengths.push((pieces[index + 1] ?? 0) - (pieces[index] ?? 0));
  }
  return lengths;
}

function readVarints<Numbers extends Int32Array | Float64Array>(
  cursor: ProtoCursor,
  pieces: readonly number[],
  Type: new (length: number) => Numbers,
  readOne: (cursor: ProtoCursor, end: number) => number,
): Numbers {
  const numbers = new Type(countVarints(cursor.bytes, pieces));
  const { at } = cursor;
  for (let index = 0, filled = 0; index < pieces.length; index += 2) {
    const end = pieces[index + 1] ?? 0;
    cursor.at = pieces[index] ?? 0;
    while (cursor.at < end) numbers[filled++] = readOne(cursor, end);
  }
  cursor.at = at;
  return numbers;
}

/** Counts the bytes that end a varint. */
function countVarints(bytes: Uint8Array, pieces: readonly number[]): number {
  let count = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const end = pieces[index + 1] ?? 0;
    for (let at = pieces[index] ?? 0; at < end; at += 1) if ((bytes[at] ?? 0) < 0x80) count += 1;
  }
  return count;
}
