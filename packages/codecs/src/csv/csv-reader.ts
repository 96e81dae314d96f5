/**
 * Reads csv rows: up to the first quote of a body by splitting its lines, which is several times quicker and
 * all that most bodies need; from the row with that quote on with csv-parse, which knows the grammar. Widths,
 * line numbers and the limit on a row are kept here, because csv-parse's own count quoted CRLF twice, cost an
 * error object a row, or miss endless commas.
 */

import { type CsvError, Parser } from 'csv-parse';
import type { BodyReader } from '../codec/body-reader.ts';
import type { DecodeOptions } from '../codec/codec.ts';
import { createRecordTooLargeError, resolveRecordLimit } from '../codec/record-limit.ts';
import { createTextReader } from '../codec/text-reader.ts';
import { CodecError } from '../errors.ts';
import { type CsvRow, createRaggedError } from './csv-row.ts';
import { type CsvProgress, createPlainCsvReader } from './plain-csv-reader.ts';

/** Creates the reader of one csv body. */
export function createCsvReader(options?: DecodeOptions): BodyReader<CsvRow> {
  const limit = resolveRecordLimit(options);
  const plain = createPlainCsvReader(limit);
  let parser: RowParser | undefined;
  const text = createTextReader(options, () => parser?.settle() ?? plain.progress());
  function* readText(piece: string): Generator<CsvRow> {
    if (parser === undefined) {
      const rest = yield* plain.read(piece);
      if (rest === undefined) return;
      parser = createRowParser(limit, plain.progress());
      yield* parser.read(Buffer.from(rest));
    } else yield* parser.read(Buffer.from(piece));
  }
  function* readPieces(read: () => Iterable<string>): Generator<CsvRow> {
    try {
      for (const piece of read()) yield* readText(piece);
    } catch (failure) {
      yield* parser?.takeSettled() ?? [];
      throw failure;
    }
  }
  return {
    read: (chunk) => readPieces(() => text.read(chunk)),
    *end() {
      yield* readPieces(text.end);
      yield* parser === undefined ? plain.end() : parser.end();
    },
  };
}

interface RowParser extends BodyReader<CsvRow> {
  /** Makes csv-parse look at all that it was given, and tells the place of the row that is not complete. */
  settle(): { readonly line: number; readonly record: number };
  /** Gives the rows that `settle` has completed, and throws what was wrong with them. */
  takeSettled(): Iterable<CsvRow>;
}

/** As csv-parse holds back what may be the begin of a line end; a comma can stand wherever a row may go on. */
const padding = Buffer.from(','.repeat(16));

/** Drives csv-parse's transform by hand: the synchronous calls that a stream would make, without its queues. */
function createRowParser(limit: number, progress: CsvProgress): RowParser {
  const parser = new Parser({
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: true,
  });
  const rows = createRowCounter(parser, limit, progress);
  let ready: CsvRow[] = [];
  let settled: unknown;
  parser.push = (cells: string[] | null) => {
    if (cells !== null) ready.push(rows.count(cells));
    return true;
  };
  function* drain(step: (callback: Callback) => void): Generator<CsvRow> {
    const failure = catchFailure(step);
    yield* take(failure);
  }
  function* take(failure: unknown): Generator<CsvRow> {
    const done = ready;
    ready = [];
    yield* done;
    if (failure !== undefined) throw rows.explain(failure);
  }
  const feed = (bytes: Uint8Array) => (callback: Callback) =>
    parser._transform(bytes, 'buffer' as BufferEncoding, callback);
  return {
    *read(bytes) {
      yield* drain(feed(bytes));
      rows.addBytes(bytes.length);
    },
    *end() {
      yield* drain((callback) => parser._flush(callback));
    },
    settle() {
      settled = catchFailure(feed(padding));
      return rows.place();
    },
    takeSettled: () => take(settled),
  };
}

type Callback = (error?: Error | null) => void;

function catchFailure(step: (callback: Callback) => void): unknown {
  let failure: unknown;
  try {
    step((error) => {
      failure = error ?? undefined;
    });
  } catch (error) {
    failure = error;
  }
  return failure;
}

/** Follows the rows of one body: where each starts, how wide and how large it is. */
function createRowCounter(parser: Parser, limit: number, progress: CsvProgress) {
  let { first, record } = progress;
  let fed = 0;
  // The end of the last row: its line in the body, and what csv-parse had counted there.
  let last = { line: progress.line - 1, lines: 0, bytes: 0, blanks: 0 };
  const countBlanks = () => parser.info.empty_lines - last.blanks;
  const nextLine = () => last.line + countBlanks() + 1;
  // A blank line takes one or two bytes: taking off two never calls a row too large that is not.
  const measure = (end: number) => end - last.bytes - 2 * countBlanks();

  return {
    count(cells: string[]): CsvRow {
      const { lines, bytes, empty_lines: blanks } = parser.info;
      const row = { line: nextLine(), cells };
      if (measure(bytes) > limit) throw createRecordTooLargeError(limit, row.line, record);
      first ??= row;
      if (cells.length !== first.cells.length) throw createRaggedError(row, first, record);
      const breaksInside = lines - last.lines - countBlanks() > 1;
      last = { line: row.line + (breaksInside ? countLineBreaks(cells) : 0), lines, bytes, blanks };
      record += 1;
      return row;
    },
    /** Fails as soon as an unfinished row is too large; csv-parse may hold back a few bytes of the next one. */
    addBytes(length: number): void {
      fed += length;
      if (measure(fed) > limit + 8) throw createRecordTooLargeError(limit, nextLine(), record);
    },
    place: () => ({ line: nextLine(), record }),
    explain(failure: unknown): CodecError {
      if (failure instanceof CodecError) return failure;
      return createMalformedError(failure as CsvError, nextLine(), record);
    },
  };
}

function countLineBreaks(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
}

const explanations: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'opens a quote that is never closed: end the cell with a quote',
  CSV_INVALID_CLOSING_QUOTE: 'goes on after its closing quote: double the quotes inside a quoted cell',
  INVALID_OPENING_QUOTE: 'has a quote after its first character: quote the whole cell and double its quotes',
};

function createMalformedError(cause: CsvError, line: number, record: number): CodecError {
  const column = typeof cause.column === 'number' ? cause.column + 1 : 1;
  const explanation = explanations[cause.code] ?? 'cannot be read: check its quotes';
  const message = `reading the csv row that starts on line ${line}: column ${column} ${explanation}`;
  return new CodecError('CSV_MALFORMED', message, { line, record, column, cause });
}
