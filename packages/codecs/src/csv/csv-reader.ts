/**
 * Reads csv rows from pieces of text. A row without quotes that lies whole in a piece is a line to be split, which is
 * several times quicker than going from cell to cell and all that most bodies need.
 */

import type { BodyReader } from '../codec/body-reader.ts';
import type { DecodeOptions } from '../codec/codec.ts';
import { createRecordTooLargeError, resolveRecordLimit } from '../codec/record-limit.ts';
import { createTextReader } from '../codec/text-reader.ts';
import type { CodecError } from '../errors.ts';
import { createRaggedError, type RowPlace } from '../numeric-csv/numeric-csv-errors.ts';
import { copyText, longestCopied, OpenRow } from './open-row.ts';

/** Holds one row of a csv body. */
export interface CsvRow {
  /** One-based line on which the row starts. */
  readonly line: number;
  /** The text of each cell, without its quotes and otherwise untouched. */
  readonly cells: readonly string[];
}

/** Creates the reader of one csv body. */
export function createCsvReader(options?: DecodeOptions): BodyReader<CsvRow> {
  return new CsvReader(options);
}

/** Reads the text of a whole csv body. */
export function readCsvText(text: string, options?: DecodeOptions): CsvRow[] {
  const rows = new RowReader(resolveRecordLimit(options));
  return [...rows.read(text), ...rows.end()];
}

class CsvReader implements BodyReader<CsvRow> {
  readonly #rows: RowReader;
  readonly #text: BodyReader<string>;

  constructor(options: DecodeOptions | undefined) {
    this.#rows = new RowReader(resolveRecordLimit(options));
    this.#text = createTextReader(options, () => this.#rows.place());
  }

  *read(chunk: Uint8Array): Generator<CsvRow> {
    for (const piece of this.#text.read(chunk)) yield* this.#rows.read(piece);
  }

  *end(): Generator<CsvRow> {
    for (const piece of this.#text.end()) yield* this.#rows.read(piece);
    yield* this.#rows.end();
  }
}

class RowReader {
  readonly #limit: number;
  readonly #open = new OpenRow();
  #openBytes = 0;
  #first: CsvRow | undefined;
  #record = 0;
  #line = 1;
  #afterReturn = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Where the next row begins. */
  place(): RowPlace {
    return { line: this.#line, record: this.#record };
  }

  *read(piece: string): Generator<CsvRow> {
    const findLineEnd = createLineEndFinder(piece);
    let quote = piece.indexOf('"');
    let from = this.#afterReturn && piece.startsWith('\n') ? 1 : 0;
    while (from < piece.length) {
      if (quote !== -1 && quote < from) quote = piece.indexOf('"', from);
      let end = this.#open.isEmpty() ? findLineEnd(from) : -1;
      const isPlain = end !== -1 && (quote === -1 || quote > end);
      if (!isPlain) end = this.#open.read(piece, from, this.place());
      if (end === -1) break;
      const after = end + (piece.startsWith('\r\n', end) ? 2 : 1);
      const bytes = measure(piece, from, after, this.#limit - this.#openBytes);
      if (!isPlain) yield this.#finishOpenRow(bytes);
      else if (end === from) this.#line += 1;
      else yield this.#finishRow(splitCells(piece.slice(from, end)), bytes);
      from = after;
    }
    if (piece !== '') this.#afterReturn = this.#open.isEmpty() && piece.endsWith('\r');
    this.#openBytes += Buffer.byteLength(piece.slice(from));
    this.#assertLimit(this.#openBytes);
  }

  *end(): Generator<CsvRow> {
    if (!this.#open.isEmpty()) yield this.#finishOpenRow(0);
  }

  #finishOpenRow(bytes: number): CsvRow {
    const { cells, lineBreaks } = this.#open.take(this.place());
    const row = this.#finishRow(cells, this.#openBytes + bytes);
    this.#openBytes = 0;
    this.#line += lineBreaks;
    return row;
  }

  #finishRow(cells: readonly string[], bytes: number): CsvRow {
    this.#assertLimit(bytes);
    const row = { line: this.#line, cells };
    this.#first ??= row;
    if (cells.length !== this.#first.cells.length) throw createRowError(row, this.#first, this.#record);
    this.#record += 1;
    this.#line += 1;
    return row;
  }

  #assertLimit(bytes: number): void {
    if (bytes > this.#limit) throw createRecordTooLargeError(this.#limit, this.#line, this.#record);
  }
}

function createRowError({ line, cells }: CsvRow, first: CsvRow, record: number): CodecError {
  const advice = ', and quote a cell that holds a comma';
  const reason = `as on line ${first.line}`;
  return createRaggedError(cells.length, first.cells.length, reason, { line, record }, advice);
}

/** Finds the line ends of a text in order, and looks for each of the two kinds once; -1 behind the last one. */
function createLineEndFinder(text: string): (from: number) => number {
  let feed = -1;
  let carriageReturn = -1;
  const findNext = (character: string, from: number) => {
    const found = text.indexOf(character, from);
    return found === -1 ? Number.POSITIVE_INFINITY : found;
  };
  return (from) => {
    if (feed < from) feed = findNext('\n', from);
    if (carriageReturn < from) carriageReturn = findNext('\r', from);
    const next = Math.min(feed, carriageReturn);
    return next === Number.POSITIVE_INFINITY ? -1 : next;
  };
}

/** Counts bytes only where they could be too many: UTF-8 takes at most 3 for each unit of a string. */
function measure(text: string, from: number, to: number, limit: number): number {
  return 3 * (to - from) <= limit ? 0 : Buffer.byteLength(text.slice(from, to));
}

function splitCells(text: string): string[] {
  const cells = text.split(',');
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index] as string;
    // Nothing is written that is there already: V8 would copy the list first.
    if (cell.length > longestCopied) cells[index] = copyText(cell);
  }
  return cells;
}
