/** Reads one `aialgs.data` Record out of its protobuf. */

import { CodecError } from '../errors.ts';
import { createProtoError, type ProtoCursor, readEnd, readVarint, skipField } from './proto-reader.ts';
import { createTensorPieces, finishTensor, readTensorPieces, type TensorPieces } from './tensor-reader.ts';
import type { RecordValue, TensorRecord } from './tensor-record.ts';

/**
 * Reads one record; unknown fields and values of unknown kinds are left out.
 *
 * @throws `CodecError` with `PROTOBUF_MALFORMED`, `TEXT_NOT_UTF8`
 */
export function readTensorRecord(bytes: Uint8Array, record: number): TensorRecord {
  const cursor: ProtoCursor = { bytes, record, at: 0 };
  const end = bytes.length;
  // No prototype: a feature may have any name, `__proto__` too.
  const features: Record<string, RecordValue> = Object.create(null);
  const label: Record<string, RecordValue> = Object.create(null);
  const texts: {
    uid?: string | undefined;
    metadata?: string | undefined;
    configuration?: string | undefined;
  } = {};
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    if (tag === 0x0a) readEntry(cursor, readEnd(cursor, end), features);
    else if (tag === 0x12) readEntry(cursor, readEnd(cursor, end), label);
    else if (tag === 0x1a) texts.uid = readText(cursor, readEnd(cursor, end));
    else if (tag === 0x22) texts.metadata = readText(cursor, readEnd(cursor, end));
    else if (tag === 0x2a) texts.configuration = readText(cursor, readEnd(cursor, end));
    else skipField(cursor, tag, end);
  }
  return { features, label, ...texts };
}

/** Reads an entry of a map; of entries with the same name the last one stays. */
function readEntry(cursor: ProtoCursor, end: number, map: Record<string, RecordValue>): void {
  const start = cursor.at;
  const value: ValuePieces = {};
  let name = '';
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    if (tag === 0x0a) name = readText(cursor, readEnd(cursor, end));
    else if (tag === 0x12) readValue(cursor, readEnd(cursor, end), value);
    else skipField(cursor, tag, end);
  }
  if (value.tensor !== undefined) map[name] = finishTensor(cursor, value.tensor, start);
  else if (value.bytes !== undefined) map[name] = value.bytes;
  else delete map[name];
}

/** A value is one of the two; a field of another kind takes the place of what came before it. */
interface ValuePieces {
  tensor?: TensorPieces | undefined;
  bytes?: { readonly bytes: Uint8Array[]; contentType?: string | undefined } | undefined;
}

function readValue(cursor: ProtoCursor, end: number, value: ValuePieces): void {
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    const kind = tag === 0x12 ? 'float32' : tag === 0x1a ? 'float64' : tag === 0x3a ? 'int32' : undefined;
    if (kind !== undefined) {
      if (value.tensor?.kind !== kind) value.tensor = createTensorPieces(kind);
      value.bytes = undefined;
      readTensorPieces(cursor, readEnd(cursor, end), value.tensor);
    } else if (tag === 0x4a) {
      value.bytes ??= { bytes: [] };
      value.tensor = undefined;
      readBytes(cursor, readEnd(cursor, end), value.bytes);
    } else skipField(cursor, tag, end);
  }
}

function readBytes(cursor: ProtoCursor, end: number, value: NonNullable<ValuePieces['bytes']>): void {
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    if (tag === 0x0a) value.bytes.push(takeBytes(cursor, readEnd(cursor, end)));
    else if (tag === 0x12) value.contentType = readText(cursor, readEnd(cursor, end));
    else skipField(cursor, tag, end);
  }
}

function takeBytes(cursor: ProtoCursor, end: number): Uint8Array {
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readText(cursor: ProtoCursor, end: number): string {
  const start = cursor.at;
  const bytes = takeBytes(cursor, end);
  if (bytes.length === usualName.length && usualName.every((byte, index) => byte === bytes[index])) {
    return 'values';
  }
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    const { message, record, offset } = createProtoError(cursor, start, 'a string is not UTF-8');
    throw new CodecError('TEXT_NOT_UTF8', message, { record: record ?? 0, offset: offset ?? 0, cause });
  }
}

/** Nearly every name is this one, and a decoder takes longer than looking. */
const usualName = new TextEncoder().encode('values');
