/** Reads csv rows as long as there are no quotes, where a row is a line and a cell what stands between commas. */

import { createRecordTooLargeError } from '../codec/record-limit.ts';
import { type CsvRow, createRaggedError } from './csv-row.ts';

/** How far the rows of a body have been read. */
export interface CsvProgress {
  readonly first: CsvRow | undefined;
  /** Rows read. */
  readonly record: number;
  /** One-based line on which the next row starts. */
  readonly line: number;
}

/** Reads the rows in front of the first quote. */
export interface PlainCsvReader {
  /** Yields the rows that a piece completes; returns the text from the row with the first quote on. */
  read(piece: string): Generator<CsvRow, string | undefined>;
  end(): Generator<CsvRow>;
  progress(): CsvProgress;
}

/** Creates the reader of one body. */
export function createPlainCsvReader(limit: number): PlainCsvReader {
  let first: CsvRow | undefined;
  let record = 0;
  let line = 1;
  let rest = '';
  let restBytes = 0;
  let afterReturn = false;

  function finishRow(text: string, bytes: number): CsvRow | undefined {
    const row = { line, cells: splitCells(text) };
    line += 1;
    if (text === '') return undefined;
    if (bytes > limit) throw createRecordTooLargeError(limit, row.line, record);
    first ??= row;
    if (row.cells.length !== first.cells.length) throw createRaggedError(row, first, record);
    record += 1;
    return row;
  }
  function* readLines(text: string): Generator<CsvRow> {
    const findEnd = createLineEndFinder(text);
    let from = afterReturn && text.startsWith('\n') ? 1 : 0;
    for (let end = findEnd(from); end !== -1; end = findEnd(from)) {
      const width = text.startsWith('\r\n', end) ? 2 : 1;
      const content = rest + text.slice(from, end);
      const row = finishRow(content, measure(content, limit) + width);
      from = end + width;
      rest = '';
      restBytes = 0;
      if (row !== undefined) yield row;
    }
    if (text !== '') afterReturn = text.endsWith('\r');
    keep(text.slice(from));
  }
  function keep(text: string): void {
    rest += text;
    restBytes += Buffer.byteLength(text);
    if (restBytes > limit) throw createRecordTooLargeError(limit, line, record);
  }
  return {
    *read(piece) {
      const quote = piece.indexOf('"');
      if (quote === -1) {
        yield* readLines(piece);
        return undefined;
      }
      const rowStart = Math.max(piece.lastIndexOf('\n', quote), piece.lastIndexOf('\r', quote)) + 1;
      yield* readLines(piece.slice(0, rowStart));
      return rest + piece.slice(rowStart);
    },
    *end() {
      const row = finishRow(rest, restBytes);
      if (row !== undefined) yield row;
    },
    progress: () => ({ first, record, line }),
  };
}

/** Finds the line ends of a text in order, and looks for each of the two kinds once. */
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
function measure(text: string, limit: number): number {
  return 3 * text.length + 2 <= limit ? 0 : Buffer.byteLength(text);
}

function splitCells(text: string): string[] {
  const cells = text.split(',');
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index] ?? '';
    if (cell.length > 12) cells[index] = copyText(cell);
  }
  return cells;
}

/** Copies, because V8 keeps all of a text alive for as long as any part of it with 13 characters or more. */
function copyText(text: string): string {
  return [text.slice(0, 1), text.slice(1)].join('');
}
