/** Puts a RecordIO record together from the pieces of its frames that chunks hold. */

import {
  countPadding,
  createMalformedError,
  createTooLargeError,
  createTruncatedError,
  frameFlags,
  headerBytes,
  magicBytes,
  maximumPartBytes,
  type RecordPlace,
  readUint32,
} from './record-io-frame.ts';

/** Creates the assembly of the records of one body, one after the other. */
export function createRecordAssembly(limit: number) {
  const header = new Uint8Array(headerBytes);
  let headerFilled = 0;
  let body = new Uint8Array(0);
  let filled = 0;
  let missing = 0;
  let padding = 0;
  let flag: number = frameFlags.whole;
  let inside = false;
  let start: RecordPlace = { record: 0, offset: 0 };

  const idle = () => headerFilled === 0 && !inside;
  const frameDone = () => headerFilled === headerBytes && missing === 0 && padding === 0;
  function beginPart(): void {
    const part = readHeader(header, inside, start);
    const joined = inside ? filled + magicBytes.length : 0;
    if (joined + part.length > limit) throw createTooLargeError(joined + part.length, limit, start);
    body = growBytes(body, filled, joined + part.length, limit);
    if (inside) body.set(magicBytes, filled);
    filled = joined;
    ({ flag, length: missing } = part);
    padding = countPadding(missing);
    inside = true;
  }
  function takeHeader(chunk: Uint8Array, at: number, place: RecordPlace): number {
    if (headerFilled === 0) start = place;
    const piece = chunk.subarray(at, at + headerBytes - headerFilled);
    header.set(piece, headerFilled);
    headerFilled += piece.length;
    if (headerFilled === headerBytes) beginPart();
    return piece.length;
  }
  function takePayload(chunk: Uint8Array, at: number): number {
    const piece = chunk.subarray(at, at + missing);
    body.set(piece, filled);
    filled += piece.length;
    missing -= piece.length;
    return piece.length;
  }
  function takePadding(chunk: Uint8Array, at: number): number {
    const skipped = Math.min(padding, chunk.length - at);
    padding -= skipped;
    return skipped;
  }
  return {
    /** True between records. */
    idle,
    /** Takes what the chunk has of a header, payload or padding, and returns how many bytes that was. */
    take(chunk: Uint8Array, at: number, place: RecordPlace): number {
      if (headerFilled < headerBytes) return takeHeader(chunk, at, place);
      if (missing > 0) return takePayload(chunk, at);
      return takePadding(chunk, at);
    },
    /** True once the last frame of a record is there; makes room for the header of the next frame. */
    complete(): boolean {
      if (!frameDone()) return false;
      headerFilled = 0;
      inside = flag === frameFlags.first || flag === frameFlags.middle;
      return !inside;
    },
    finish(): Uint8Array {
      const record = body.subarray(0, filled);
      body = new Uint8Array(0);
      filled = 0;
      return record;
    },
    assertIdle(): void {
      if (idle()) return;
      throw createTruncatedError(describeCut(headerFilled, missing, padding), start);
    },
  };
}

interface Part {
  readonly flag: number;
  readonly length: number;
}

function readHeader(header: Uint8Array, inside: boolean, place: RecordPlace): Part {
  if (readUint32(header, 0) !== readUint32(magicBytes, 0)) {
    const found = Buffer.from(header.subarray(0, 4)).toString('hex');
    const advice = found.startsWith('1f8b')
      ? 'the data is gzip, decompress it first'
      : 'check that the data is RecordIO and complete';
    throw createMalformedError(`expected the bytes 0a23d7ce, got ${found}`, advice, place);
  }
  const word = readUint32(header, 4);
  const part = { flag: word >>> 29, length: word & maximumPartBytes };
  const begins = part.flag === frameFlags.whole || part.flag === frameFlags.first;
  const goesOn = part.flag === frameFlags.middle || part.flag === frameFlags.last;
  if (inside ? goesOn : begins) return part;
  const expected = inside ? 'a further part of the record (flag 2 or 3)' : 'a new record (flag 0 or 1)';
  throw createMalformedError(
    `expected ${expected}, got flag ${part.flag}`,
    'the data is damaged, write it again',
    place,
  );
}

/** Doubles, so that a record of many small parts is not copied for each of them. */
function growBytes(bytes: Uint8Array, used: number, wanted: number, limit: number): Uint8Array<ArrayBuffer> {
  if (wanted <= bytes.length && used > 0) return bytes as Uint8Array<ArrayBuffer>;
  const capacity = used === 0 ? wanted : Math.min(Math.max(wanted, 2 * used), limit);
  // Not zeroed: a claim that the data does not keep costs address space only.
  const grown = Buffer.allocUnsafeSlow(capacity);
  grown.set(bytes.subarray(0, used));
  return new Uint8Array(grown.buffer);
}

function describeCut(headerFilled: number, missing: number, padding: number): string {
  if (headerFilled === 0) return 'the body ends before the last part';
  if (headerFilled < headerBytes) return `the body ends ${headerFilled} bytes into its header`;
  if (missing > 0) return `the body ends ${missing} bytes before its payload does`;
  return `the body ends ${padding} bytes before its padding does`;
}
