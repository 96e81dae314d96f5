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

/** Assembles the records of one body, one after the other. */
export class RecordAssembly {
  readonly #limit: number;
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  #body = nothing;
  #filled = 0;
  #missing = 0;
  #padding = 0;
  #flag: number = frameFlags.whole;
  #inside = false;
  #start: RecordPlace = { record: 0, offset: 0 };

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True between records. */
  isIdle(): boolean {
    return this.#headerFilled === 0 && !this.#inside;
  }

  /** Takes what the chunk has of a header, payload or padding, and returns how many bytes that was. */
  take(chunk: Uint8Array, at: number, place: RecordPlace): number {
    if (this.#headerFilled < headerBytes) return this.#takeHeader(chunk, at, place);
    if (this.#missing > 0) return this.#takePayload(chunk, at);
    return this.#takePadding(chunk, at);
  }

  /** True once the last frame of a record is there; makes room for the header of the next frame. */
  complete(): boolean {
    if (this.#headerFilled < headerBytes || this.#missing > 0 || this.#padding > 0) return false;
    this.#headerFilled = 0;
    this.#inside = this.#flag === frameFlags.first || this.#flag === frameFlags.middle;
    return !this.#inside;
  }

  finish(): Uint8Array {
    const record = this.#body.subarray(0, this.#filled);
    this.#body = nothing;
    this.#filled = 0;
    return record;
  }

  assertIdle(): void {
    if (this.isIdle()) return;
    throw createTruncatedError(describeCut(this.#headerFilled, this.#missing, this.#padding), this.#start);
  }

  #takeHeader(chunk: Uint8Array, at: number, place: RecordPlace): number {
    if (this.#headerFilled === 0) this.#start = place;
    const piece = chunk.subarray(at, at + headerBytes - this.#headerFilled);
    this.#header.set(piece, this.#headerFilled);
    this.#headerFilled += piece.length;
    if (this.#headerFilled === headerBytes) this.#beginPart();
    return piece.length;
  }

  #beginPart(): void {
    const part = readHeader(this.#header, this.#inside, this.#start);
    const joined = this.#inside ? this.#filled + magicBytes.length : 0;
    const size = joined + part.length;
    if (size > this.#limit) throw createTooLargeError(size, this.#limit, this.#start);
    this.#body = growBytes(this.#body, this.#filled, size, this.#limit);
    if (this.#inside) this.#body.set(magicBytes, this.#filled);
    this.#filled = joined;
    this.#flag = part.flag;
    this.#missing = part.length;
    this.#padding = countPadding(part.length);
    this.#inside = true;
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const piece = chunk.subarray(at, at + this.#missing);
    this.#body.set(piece, this.#filled);
    this.#filled += piece.length;
    this.#missing -= piece.length;
    return piece.length;
  }

  #takePadding(chunk: Uint8Array, at: number): number {
    const skipped = Math.min(this.#padding, chunk.length - at);
    this.#padding -= skipped;
    return skipped;
  }
}

const nothing = new Uint8Array(0);

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
