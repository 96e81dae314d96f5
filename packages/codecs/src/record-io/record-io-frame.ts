/** The frame around a RecordIO record, as dmlc-core's recordio.h has it: little-endian, padded to 4 bytes. */

import { orRaise } from '../codec/record-limit.ts';
import { CodecError } from '../errors.ts';

/** Begins every frame; between the parts of a record it stands for the same 4 bytes of the record. */
export const magicBytes = Uint8Array.of(0x0a, 0x23, 0xd7, 0xce);

/** Counts the bytes of a frame in front of its payload: the magic, then flag and length. */
export const headerBytes = 8;

/** A frame has 29 bits for the length of its payload. */
export const maximumPartBytes = 2 ** 29 - 1;

/** What the 3 bits above the length say of a frame. */
export const frameFlags = { whole: 0, first: 1, middle: 2, last: 3 } as const;

/** Where a reader stands, for its errors. */
export interface RecordPlace {
  /** Zero-based index of the record. */
  readonly record: number;
  /** Zero-based byte of the body at which the frame begins. */
  readonly offset: number;
}

/** Counts the zero bytes behind a payload. */
export function countPadding(length: number): number {
  return -length & 3;
}

/** Reads a little-endian unsigned integer of 32 bits. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** Creates the error for bytes that are not a frame. */
export function createMalformedError(what: string, advice: string, place: RecordPlace): CodecError {
  const message = `reading RecordIO: record ${place.record} (from zero), byte ${place.offset}: ${what}: ${advice}`;
  return new CodecError('RECORDIO_MALFORMED', message, place);
}

/** Creates the error for a body that ends inside a record. */
export function createTruncatedError(what: string, place: RecordPlace): CodecError {
  const message = `reading RecordIO: record ${place.record} (from zero), whose frame begins at byte ${place.offset}: ${what}: the data is truncated: write or upload it again`;
  return new CodecError('RECORDIO_TRUNCATED', message, place);
}

/** Creates the error for a record that claims more than is allowed. */
export function createTooLargeError(size: number, limit: number, place: RecordPlace): CodecError {
  const message = `reading RecordIO: record ${place.record} (from zero), byte ${place.offset}: it declares ${size} bytes, more than ${limit}: check that the data is RecordIO; write smaller records${orRaise(limit)}`;
  return new CodecError('RECORD_TOO_LARGE', message, place);
}
