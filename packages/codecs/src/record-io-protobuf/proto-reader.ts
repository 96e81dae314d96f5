/** Reads the wire format of protobuf out of one record: tags, varints, lengths, and fields to be skipped. */

import { count } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';

/** Where in which record a reader stands. */
export interface ProtoCursor {
  readonly bytes: Uint8Array;
  readonly record: number;
  at: number;
}

/** How the value of a field is written: the low 3 bits of its tag. */
export const wireTypes = {
  varint: 0,
  fixed64: 1,
  delimited: 2,
  groupStart: 3,
  groupEnd: 4,
  fixed32: 5,
} as const;

/** Reads a varint as a number: exact below 2^53, of the right size above. */
export function readVarint(cursor: ProtoCursor, end: number): number {
  const { bytes, at } = cursor;
  const first = bytes[at] ?? 0;
  if (first < 0x80 && at < end) {
    cursor.at = at + 1;
    return first;
  }
  return readLongVarint(cursor, end);
}

function readLongVarint(cursor: ProtoCursor, end: number): number {
  const { bytes, at } = cursor;
  let value = 0;
  let scale = 1;
  for (let index = 0; index < 10; index += 1, scale *= 128) {
    if (at + index >= end) throw createProtoError(cursor, at, 'a number extends past the end of its field');
    const byte = bytes[at + index] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte >= 0x80) continue;
    cursor.at = at + index + 1;
    return value;
  }
  throw createProtoError(cursor, at, 'a number is longer than 10 bytes');
}

/** Reads a varint as a signed integer of 32 bits; those above are dropped, which is how int32 is written. */
export function readInt32(cursor: ProtoCursor, end: number): number {
  const { at, bytes } = cursor;
  readVarint(cursor, end);
  let value = 0;
  for (let index = 0; index < Math.min(cursor.at - at, 5); index += 1) {
    value |= ((bytes[at + index] ?? 0) & 0x7f) << (7 * index);
  }
  return value;
}

/** Reads a length and returns the byte behind what it measures, which is never behind `end`. */
export function readEnd(cursor: ProtoCursor, end: number): number {
  const { at } = cursor;
  const length = readVarint(cursor, end);
  if (length <= end - cursor.at) return cursor.at + length;
  throw createProtoError(
    cursor,
    at,
    `a field declares ${count(length, 'byte')}, ${end - cursor.at} are left`,
  );
}

/** Skips the value of a field, groups and all. */
export function skipField(cursor: ProtoCursor, tag: number, end: number, depth = 0): void {
  const start = cursor.at;
  const wire = tag & 7;
  if (tag < 8 || tag > 0xffffffff) throw createProtoError(cursor, start, `${tag} is not a valid tag`);
  if (wire === wireTypes.varint) readVarint(cursor, end);
  else if (wire === wireTypes.fixed64) skipBytes(cursor, 8, end);
  else if (wire === wireTypes.fixed32) skipBytes(cursor, 4, end);
  else if (wire === wireTypes.delimited) cursor.at = readEnd(cursor, end);
  else if (wire === wireTypes.groupStart) skipGroup(cursor, tag, end, depth);
  else throw createProtoError(cursor, start, `a field has the invalid wire type ${wire}`);
}

function skipBytes(cursor: ProtoCursor, count: number, end: number): void {
  if (count > end - cursor.at)
    throw createProtoError(cursor, cursor.at, `a field of ${count} bytes is truncated`);
  cursor.at += count;
}

/** As many as other readers of protobuf allow. */
const maximumDepth = 100;

function skipGroup(cursor: ProtoCursor, tag: number, end: number, depth: number): void {
  const start = cursor.at;
  if (depth === maximumDepth)
    throw createProtoError(cursor, start, `more than ${maximumDepth} nested groups`);
  for (;;) {
    if (cursor.at >= end) throw createProtoError(cursor, start, 'a group is never closed');
    const inner = readVarint(cursor, end);
    if (inner === tag + 1) return;
    skipField(cursor, inner, end, depth + 1);
  }
}

/** Creates the error for a record that is not a protobuf, or not of the kind expected. */
export function createProtoError(cursor: ProtoCursor, offset: number, what: string): CodecError {
  const { record } = cursor;
  const message = `reading a protobuf record: record ${record} (from zero), byte ${offset} of it: ${what}: check that it is an aialgs.data Record, or write it again`;
  return new CodecError('PROTOBUF_MALFORMED', message, { record, offset });
}
