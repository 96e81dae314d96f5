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
import { copyText, createOpenRow, longestCopied } from './open-row.ts';

/** Holds one row of a csv body. */
export interface CsvRow {
  /** One-based line on which the row starts. */
  readonly line: number;
  /** The text of each cell, without its quotes and otherwise untouched. */
  readonly cells: readonly string[];
}

/** Creates the reader of one csv body. */
export function createCsvReader(options?: DecodeOptions): BodyReader<CsvRow> {
  const rows = createRowReader(resolveRecordLimit(options));
  const text = createTextReader(options, rows.place);
  return {
    *read(chunk) {
      for (const piece of text.read(chunk)) yield* rows.read(piece);
    },
    *end() {
      for (const piece of text.end()) yield* rows.read(piece);
      yield* rows.end();
    },
  };
}

/** Reads the text of a whole csv body. */
export function readCsvText(text: string, options?: DecodeOptions): CsvRow[] {
  const rows = createRowReader(resolveRecordLimit(options));
  return [...rows.read(text), ...rows.end()];
}

function createRowReader(limit: number) {
  const open = createOpenRow();
  let openBytes = 0;
  let first: CsvRow | undefined;
  let record = 0;
  let line = 1;
  let afterReturn = false;
  const place = () => ({ line, record });

  function finishRow(cells: readonly string[], bytes: number): CsvRow {
    if (bytes > limit) throw createRecordTooLargeError(limit, line, record);
    const row = { line, cells };
    first ??= row;
    if (cells.length !== first.cells.length) throw createRowError(cells.length, first, place());
    record += 1;
    line += 1;
    return row;
  }
  function finishOpenRow(bytes: number): CsvRow {
    const { cells, lineBreaks } = open.take(place());
    const row = finishRow(cells, openBytes + bytes);
    openBytes = 0;
    line += lineBreaks;
    return row;
  }
  function* readPiece(piece: string): Generator<CsvRow> {
    const findLineEnd = createLineEndFinder(piece);
    let quote = piece.indexOf('"');
    let from = afterReturn && piece.startsWith('\n') ? 1 : 0;
    while (from < piece.length) {
      if (quote !== -1 && quote < from) quote = piece.indexOf('"', from);
      let end = open.isEmpty() ? findLineEnd(from) : -1;
      const isPlain = end !== -1 && (quote === -1 || quote > end);
      if (!isPlain) end = open.read(piece, from, place());
      if (end === -1) break;
      const after = end + (piece.startsWith('\r\n', end) ? 2 : 1);
      const bytes = measure(piece, from, after, limit - openBytes);
      if (!isPlain) yield finishOpenRow(bytes);
      else if (end === from) line += 1;
      else yield finishRow(splitCells(piece.slice(from, end)), bytes);
      from = after;
    }
    if (piece !== '') afterReturn = open.isEmpty() && piece.endsWith('\r');
    openBytes += Buffer.byteLength(piece.slice(from));
    if (openBytes > limit) throw createRecordTooLargeError(limit, line, record);
  }
  return {
    /** Where the next row begins. */
    place,
    read: readPiece,
    *end(): Generator<CsvRow> {
      if (!open.isEmpty()) yield finishOpenRow(0);
    },
  };
}

function createRowError(cells: number, first: CsvRow, place: RowPlace): CodecError {
  const advice = ', and quote a cell that holds a comma';
  return createRaggedError(cells, first.cells.length, `as on line ${first.line}`, place, advice);
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
