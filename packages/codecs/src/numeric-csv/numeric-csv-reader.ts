/**
 * Reads numeric csv into matrices, or what else a builder makes, as its bytes arrive. Whole rows are read where they lie in a chunk; only the
 * row that a chunk's end cuts is copied.
 */

import type { BodyReader } from '../codec/body-reader.ts';
import { createRecordTooLargeError, resolveRecordLimit } from '../codec/record-limit.ts';
import { createTextReader, findDecoder } from '../codec/text-reader.ts';
import { createQuoteError, quoteFaults } from './numeric-csv-errors.ts';
import type { NumericRowOptions } from './numeric-csv-options.ts';
import { createNumericRows } from './numeric-rows.ts';
import type { RowBuilder } from './row-builder.ts';
import { createRowCarry, findLastLineEnd } from './row-carry.ts';

/** Creates the reader of one body, which yields what `builder` makes of its rows. */
export function createNumericCsvReader<Whole>(
  builder: RowBuilder<Whole>,
  options: NumericRowOptions,
): BodyReader<Whole> {
  const reader = new NumericCsvReader(builder, options);
  return findDecoder(options) === undefined ? reader : new TranscodingReader(reader, options);
}

class NumericCsvReader<Whole> implements BodyReader<Whole> {
  readonly #builder: RowBuilder<Whole>;
  readonly #limit: number;
  readonly #rows: ReturnType<typeof createNumericRows>;
  readonly #carry: ReturnType<typeof createRowCarry>;
  #started = false;

  constructor(builder: RowBuilder<Whole>, options: NumericRowOptions) {
    this.#builder = builder;
    this.#limit = resolveRecordLimit(options);
    this.#rows = createNumericRows(builder, this.#limit, options);
    this.#carry = createRowCarry(options.textLabel ?? false);
  }

  read(chunk: Uint8Array): Generator<Whole> {
    return this.#takeOnFault(this.#readChunk(chunk));
  }

  *end(): Generator<Whole> {
    yield* this.#takeOnFault(this.#readRest());
    if (this.#builder.rows() > 0) yield this.#builder.take();
  }

  *#readRows(bytes: Uint8Array, from: number, end: number): Generator<Whole, number> {
    let at = !this.#started && end > from && hasMark(bytes) ? from + 3 : from;
    this.#started ||= end > from;
    for (;;) {
      at = this.#rows.read(bytes, at, end);
      if (!this.#builder.full()) return at;
      yield this.#builder.take();
    }
  }

  *#readChunk(chunk: Uint8Array): Generator<Whole> {
    const carry = this.#carry;
    for (let at = 0; at < chunk.length; ) {
      if (carry.length() === 0) at = yield* this.#readRows(chunk, at, findLastLineEnd(chunk, at));
      at += carry.add(chunk, at);
      // A byte order mark and a line's end are not part of the row.
      if (carry.length() > this.#limit + 4) {
        const { line, record } = this.#rows.place();
        throw createRecordTooLargeError(this.#limit, line, record);
      }
      if (carry.whole()) yield* this.#readCarried();
    }
  }

  *#readCarried(): Generator<Whole, boolean> {
    const row = this.#carry.take();
    return (yield* this.#readRows(row, 0, row.length)) === row.length;
  }

  *#readRest(): Generator<Whole> {
    if (this.#carry.length() === 0) return;
    this.#carry.add(lineEnd, 0);
    if (yield* this.#readCarried()) return;
    throw createQuoteError(quoteFaults.open, 1, this.#rows.place());
  }

  /** What came before a fault is as good as it would have been without. */
  *#takeOnFault(wholes: Generator<Whole>): Generator<Whole> {
    try {
      yield* wholes;
    } catch (error) {
      if (this.#builder.rows() > 0) yield this.#builder.take();
      throw error;
    }
  }
}

/** Reads a body in another charset than UTF-8. */
class TranscodingReader<Whole> implements BodyReader<Whole> {
  readonly #reader: BodyReader<Whole>;
  readonly #text: BodyReader<string>;

  constructor(reader: BodyReader<Whole>, options: NumericRowOptions) {
    this.#reader = reader;
    this.#text = createTextReader(options);
  }

  *read(chunk: Uint8Array): Generator<Whole> {
    for (const piece of this.#text.read(chunk)) yield* this.#reader.read(Buffer.from(piece));
  }

  *end(): Generator<Whole> {
    for (const piece of this.#text.end()) yield* this.#reader.read(Buffer.from(piece));
    yield* this.#reader.end();
  }
}

const lineEnd = Uint8Array.of(0x0a);

function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
