/** Writes records into RecordIO frames, split where they hold the magic, as dmlc-core's recordio.cc does. */

import { assertAttached } from '../codec/assert-attached.ts';
import { CodecError } from '../errors.ts';
import { countPadding, frameFlags, headerBytes, magicBytes, maximumPartBytes } from './record-io-frame.ts';

/**
 * Frames one record.
 *
 * @throws `CodecError` with `RECORDIO_UNENCODABLE` for what is not bytes, or 2^29 bytes and more
 */
export function writeRecord(value: unknown, record: number): Uint8Array {
  const bytes = assertRecord(value, record);
  const cuts = findAlignedMagic(bytes);
  return cuts.length === 0 ? writeWhole(bytes) : writeParts(bytes, cuts);
}

function assertRecord(value: unknown, record: number): Uint8Array {
  const isBytes = value instanceof Uint8Array;
  if (isBytes) assertAttached(value, 'RECORDIO_UNENCODABLE');
  if (isBytes && value.length <= maximumPartBytes) return value;
  const what = isBytes
    ? `has ${value.length} bytes, more than ${maximumPartBytes}: split it`
    : `is ${value === null ? 'null' : typeof value}: make it a Uint8Array`;
  const message = `writing RecordIO: record ${record} (from zero) ${what}`;
  throw new CodecError('RECORDIO_UNENCODABLE', message, { record });
}

/** Finds the magic where a reader that looks for the next frame would: at multiples of 4 bytes. */
function findAlignedMagic(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: number[] = [];
  for (let at = buffer.indexOf(magicBytes); at !== -1; ) {
    const aligned = at % 4 === 0;
    if (aligned) found.push(at);
    at = buffer.indexOf(magicBytes, aligned ? at + 4 : at + 1);
  }
  return found;
}

function writeWhole(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(headerBytes + roundUp(bytes.length));
  writeHeader(framed, 0, frameFlags.whole, bytes.length);
  framed.set(bytes, headerBytes);
  return framed;
}

function writeParts(bytes: Uint8Array, cuts: readonly number[]): Uint8Array {
  const framed = new Uint8Array(headerBytes * (cuts.length + 1) + roundUp(bytes.length) - 4 * cuts.length);
  let from = 0;
  let at = 0;
  for (const [index, cut] of [...cuts, bytes.length].entries()) {
    writeHeader(framed, at, chooseFlag(index, cuts.length), cut - from);
    framed.set(bytes.subarray(from, cut), at + headerBytes);
    at += headerBytes + cut - from;
    // The magic is left out: a reader puts it back between the parts.
    from = cut + magicBytes.length;
  }
  return framed;
}

function roundUp(length: number): number {
  return length + countPadding(length);
}

function chooseFlag(index: number, cuts: number): number {
  if (index === 0) return frameFlags.first;
  return index === cuts ? frameFlags.last : frameFlags.middle;
}

function writeHeader(framed: Uint8Array, at: number, flag: number, length: number): void {
  framed.set(magicBytes, at);
  const word = (flag << 29) | length;
  for (let byte = 0; byte < 4; byte += 1) framed[at + 4 + byte] = word >>> (8 * byte);
}
