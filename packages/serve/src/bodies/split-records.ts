/** Cuts a body of csv or JSON Lines into parts of whole records, and counts these, without decoding anything. */

import { CodecError, csvCodec, negotiateMediaType } from '@optml/codecs';
import type { BodyPart, LineFormat } from '../invocation/body-part.ts';
import { formats } from './formats.ts';

/** So much is predicted at once: enough for the price of a request not to count. */
const partBytes = 1024 ** 2;
/** Between two looks for the end of a record that is larger. */
const lookBytes = 64 * 1024;
/** The limit that codecs have for a record of a stream. */
const maximumRecordBytes = 16 * 1024 ** 2;

/** Gives the format of a content type whose bodies can be cut; of other types and charsets `undefined`. */
export function findLineFormat(contentType: string | undefined): LineFormat | undefined {
  const [, type = '', parameters = ''] = /^\s*([^\s;]+)(.*)$/s.exec(contentType ?? '') ?? [];
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(parameters)?.[1] ?? 'utf-8';
  // In these, a byte that means a line end, a comma or a quote in ASCII means nothing else.
  if (!/^(?:utf-?8|us-ascii|ascii|latin1|iso-8859-\d+|windows-125\d)$/i.test(charset)) return undefined;
  if (/^(?:text\/)?csv$/i.test(type)) return 'csv';
  return /^(?:application\/)?(?:(?:x-)?jsonlines|jsonl|x-ndjson)$/i.test(type) ? 'json' : undefined;
}

const named = formats.flatMap(({ codec }) => codec.mediaTypes).filter((type) => !type.endsWith('/*'));
const types = ['application/json', ...named];

/** True where an Accept header prefers a type of lines, or takes any and `usual` is one, as replies are chosen. */
export function isAnsweredInLines(accept: string | undefined, usual: string | undefined): boolean {
  const available = new Set(usual === undefined ? types : [usual, ...types]);
  return findLineFormat(negotiateMediaType(accept, [...available])) !== undefined;
}

const [lineFeed, carriageReturn, comma, quote, space] = [10, 13, 44, 34, 32];

/** So far a line is looked through here: a call takes as long. */
const shortLineBytes = 96;

/** Gives the index of the next line feed, or the length of the chunk. */
function findLineFeed(chunk: Uint8Array, from: number): number {
  const near = Math.min(from + shortLineBytes, chunk.length);
  for (let index = from; index < near; index += 1) if (chunk[index] === lineFeed) return index;
  const at = near === chunk.length ? -1 : chunk.indexOf(lineFeed, near);
  return at === -1 ? chunk.length : at;
}

type CellState = 'start' | 'plain' | 'quoted' | 'quote';

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Reads on from chunk to chunk. */
class RecordScanner {
  /** How many records have ended. */
  records = 0;
  /** How many line feeds there were up to the end of the last of them. */
  lines = 0;
  /** In the bytes of all chunks, where the last of them ends. */
  end = 0;
  #at = 0;
  #lineFeeds = 0;
  #isBlank = true;
  #isInMark = true;
  #cell: CellState = 'start';
  readonly #format: LineFormat;

  constructor(format: LineFormat) {
    this.#format = format;
  }

  scan(bytes: Uint8Array): void {
    const chunk = this.#isInMark ? this.#skipMark(bytes) : bytes;
    const isPlain =
      this.#format === 'json' ||
      (this.#cell !== 'quoted' && !chunk.includes(quote) && !chunk.includes(carriageReturn));
    if (isPlain) this.#scanLines(chunk);
    else this.#scanCells(chunk);
    this.#at += chunk.length;
  }

  /** Takes what stands behind the last line end for a record. */
  finish(): void {
    if (this.#isInMark) this.#endMark();
    if (!this.#isBlank) this.#endRecord(this.#at);
  }

  /** A byte order mark is not text: the line behind it may be blank, and a quote may open its first cell. */
  #skipMark(bytes: Uint8Array): Uint8Array {
    let index = 0;
    while (this.#isInMark && index < bytes.length) {
      if (bytes[index] === byteOrderMark[this.#at]) {
        index += 1;
        this.#at += 1;
      } else this.#endMark();
    }
    return bytes.subarray(index);
  }

  /** What only begins as a mark does is text. */
  #endMark(): void {
    this.#isInMark = false;
    if (this.#at === 0 || this.#at === byteOrderMark.length) return;
    this.#isBlank = false;
    this.#cell = 'plain';
  }

  /** Every line is a record, unless it is blank. */
  #scanLines(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const to = findLineFeed(chunk, from);
      if (this.#isBlank) this.#isBlank = this.#isBlankLine(chunk, from, to);
      if (to < chunk.length) this.#endLine(to);
      from = to + 1;
    }
    const last = chunk.at(-1);
    if (last !== undefined) this.#cell = last === lineFeed || last === comma ? 'start' : 'plain';
  }

  #isBlankLine(chunk: Uint8Array, from: number, to: number): boolean {
    if (this.#format === 'csv') return from === to;
    let index = from;
    while (index < to && (chunk[index] as number) <= space) index += 1;
    return index === to;
  }

  #scanCells(chunk: Uint8Array): void {
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index];
      if (this.#cell === 'quoted') {
        if (byte === quote) this.#cell = 'quote';
        else if (byte === lineFeed) this.#lineFeeds += 1;
      } else if (byte === lineFeed || byte === carriageReturn) {
        this.#cell = 'start';
        this.#endLine(index, byte === lineFeed);
      } else {
        this.#isBlank = false;
        if (byte === quote && this.#cell !== 'plain') this.#cell = 'quoted';
        else this.#cell = byte === comma ? 'start' : 'plain';
      }
    }
  }

  #endLine(index: number, isLineFeed = true): void {
    if (isLineFeed) this.#lineFeeds += 1;
    if (!this.#isBlank) this.#endRecord(this.#at + index + 1);
  }

  #endRecord(end: number): void {
    this.records += 1;
    this.lines = this.#lineFeeds;
    this.end = end;
    this.#isBlank = true;
  }
}

/** Counts the records of a whole body. */
export function countRecords(body: Uint8Array, format: LineFormat): number {
  const scanner = new RecordScanner(format);
  scanner.scan(body);
  scanner.finish();
  return scanner.records;
}

/** Some whole records of a body. */
export interface RecordPart extends BodyPart {
  readonly body: Buffer;
}

/** Gives the line of the body, from one, in which a record of a part, from zero, begins. */
export function findLine(body: Buffer, { linesBefore, format }: BodyPart, record: number): number {
  const scanner = new RecordScanner(format);
  let line = linesBefore + 1;
  for (let from = 0; from < body.length; line += 1) {
    const to = body.indexOf(lineFeed, from) + 1 || body.length;
    const isIn = scanner.records === record && !/^\s*$/.test(body.toString('latin1', from, to));
    if (isIn) return line;
    scanner.scan(body.subarray(from, to));
    if (scanner.records > record) return line;
    from = to;
  }
  return line;
}

/** Counts the cells of the first record of csv; `undefined` where there is none, or it cannot be read. */
export function countColumns(body: Buffer): number | undefined {
  const scanner = new RecordScanner('csv');
  for (let from = 0; from < body.length && scanner.records === 0; ) {
    const to = body.indexOf(lineFeed, from) + 1 || body.length;
    scanner.scan(body.subarray(from, to));
    from = to;
  }
  scanner.finish();
  try {
    // Whatever the charset is, a byte of it is a cell's as in this one.
    return csvCodec.decode(body.subarray(0, scanner.end), { parameters: { charset: 'latin1' } })[0]?.cells
      .length;
  } catch {
    return undefined;
  }
}

/** Cuts a body that arrives in chunks, at places that its bytes alone decide: a body that is sent again has the same parts. */
export class RecordSplitter {
  readonly #format: LineFormat;
  readonly #partBytes: number;
  #scanner: RecordScanner;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #cutBytes = 0;
  /** In the bytes of the body, where to look next for the end of a part. */
  #nextLook: number;
  #recordsBefore = 0;
  #linesBefore = 0;

  constructor(format: LineFormat, atLeastBytes = partBytes) {
    this.#format = format;
    this.#partBytes = atLeastBytes;
    this.#nextLook = atLeastBytes;
    this.#scanner = new RecordScanner(format);
  }

  /**
   * Takes a chunk; gives the parts that end in it.
   *
   * @throws CodecError `RECORD_TOO_LARGE`
   */
  add(chunk: Buffer): readonly RecordPart[] {
    const parts: RecordPart[] = [];
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + this.#nextLook - this.#bytes);
      this.#chunks.push(piece);
      this.#bytes += piece.length;
      this.#scanner.scan(piece);
      from += piece.length;
      const part = this.#bytes === this.#nextLook ? this.#look() : undefined;
      if (part !== undefined) parts.push(part);
    }
    return parts;
  }

  #look(): RecordPart | undefined {
    const { records, end } = this.#scanner;
    if (records > this.#recordsBefore) {
      this.#nextLook = end + this.#partBytes;
      return this.#cut(end);
    }
    if (this.#bytes - this.#cutBytes > maximumRecordBytes) throw this.#createTooLargeError();
    this.#nextLook += Math.min(this.#partBytes, lookBytes);
    return undefined;
  }

  /** Gives what is left; with no record in it, only if it is all of the body. */
  finish(): RecordPart | undefined {
    this.#scanner.finish();
    const isEmpty = this.#scanner.records === this.#recordsBefore;
    return isEmpty && this.#cutBytes > 0 ? undefined : this.#cut(this.#bytes);
  }

  #cut(end: number): RecordPart {
    const all = Buffer.concat(this.#chunks);
    const size = end - this.#cutBytes;
    const { records, lines } = this.#scanner;
    const part = {
      body: all.subarray(0, size),
      format: this.#format,
      records: records - this.#recordsBefore,
      recordsBefore: this.#recordsBefore,
      linesBefore: this.#linesBefore,
      bytesBefore: this.#cutBytes,
    };
    this.#chunks = [all.subarray(size)];
    this.#cutBytes = end;
    this.#recordsBefore = records;
    this.#linesBefore = lines;
    return part;
  }

  #createTooLargeError(): CodecError {
    const [record, line] = [this.#recordsBefore, this.#linesBefore + 1];
    const advice = this.#format === 'csv' ? 'is a quote unclosed?' : 'send shorter lines';
    const message = `record ${record} (from zero), which begins near line ${line}, has more than ${maximumRecordBytes} bytes: ${advice}`;
    return new CodecError('RECORD_TOO_LARGE', message, { record });
  }
}
