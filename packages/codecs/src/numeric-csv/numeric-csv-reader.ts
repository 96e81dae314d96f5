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
  const reader = createUtf8CsvReader(builder, options);
  if (findDecoder(options) === undefined) return reader;
  const text = createTextReader(options);
  return {
    *read(chunk) {
      for (const piece of text.read(chunk)) yield* reader.read(Buffer.from(piece));
    },
    *end() {
      for (const piece of text.end()) yield* reader.read(Buffer.from(piece));
      yield* reader.end();
    },
  };
}

function createUtf8CsvReader<Whole>(
  builder: RowBuilder<Whole>,
  options: NumericRowOptions,
): BodyReader<Whole> {
  const limit = resolveRecordLimit(options);
  const rows = createNumericRows(builder, limit, options);
  const carry = createRowCarry(options.textLabel ?? false);
  let started = false;

  function* readRows(bytes: Uint8Array, from: number, end: number): Generator<Whole, number> {
    let at = !started && end > from && hasMark(bytes) ? from + 3 : from;
    started ||= end > from;
    for (;;) {
      at = rows.read(bytes, at, end);
      if (!builder.full()) return at;
      yield builder.take();
    }
  }
  function* readChunk(chunk: Uint8Array): Generator<Whole> {
    for (let at = 0; at < chunk.length; ) {
      if (carry.length() === 0) at = yield* readRows(chunk, at, findLastLineEnd(chunk, at));
      at += carry.add(chunk, at);
      // A byte order mark and a line's end are no part of the row.
      if (carry.length() > limit + 4) {
        const { line, record } = rows.place();
        throw createRecordTooLargeError(limit, line, record);
      }
      if (carry.whole()) yield* readCarried();
    }
  }
  function* readCarried(): Generator<Whole, boolean> {
    const row = carry.take();
    return (yield* readRows(row, 0, row.length)) === row.length;
  }
  function* readRest(): Generator<Whole> {
    if (carry.length() === 0) return;
    carry.add(lineEnd, 0);
    if (yield* readCarried()) return;
    throw createQuoteError(quoteFaults.open, 1, rows.place());
  }
  /** What came before a fault is as good as it would have been without. */
  function* takeOnFault(wholes: Generator<Whole>): Generator<Whole> {
    try {
      yield* wholes;
    } catch (error) {
      if (builder.rows() > 0) yield builder.take();
      throw error;
    }
  }
  return {
    read: (chunk) => takeOnFault(readChunk(chunk)),
    *end() {
      yield* takeOnFault(readRest());
      if (builder.rows() > 0) yield builder.take();
    },
  };
}

const lineEnd = Uint8Array.of(0x0a);

function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
