/** The errors of csv: of its rows and quotes, whatever the cells hold, and of numbers. */

import { count, shorten } from '../codec/message-parts.ts';
import { charsetAdvice } from '../codec/text-reader.ts';
import { CodecError } from '../errors.ts';

/** Where the row at fault begins. */
export interface RowPlace {
  /** One-based line. */
  readonly line: number;
  /** Zero-based index of the row. */
  readonly record: number;
}

/** Creates the error for a row that is not as wide as it has to be; `reason` says why it has to, `advice` what else helps. */
export function createRaggedError(
  cells: number,
  expected: number,
  reason: string,
  place: RowPlace,
  advice = '',
): CodecError {
  const message = `line ${place.line} has ${count(cells, 'column')}, expected ${expected} ${reason}: give every row the same number of cells${advice}`;
  return new CodecError('CSV_RAGGED', message, place);
}

/** What is wrong with quotes, and what to do about it. */
export const quoteFaults = {
  open: 'opens a quote that is never closed: end the cell with a quote',
  behind: 'goes on after its closing quote: double the quotes inside a quoted cell',
  inside: 'has a quote after its first character: quote the whole cell and double its quotes',
};

/** Creates the error for a cell whose quotes are wrong. */
export function createQuoteError(fault: string, column: number, place: RowPlace): CodecError {
  const message = `reading the csv row that starts on line ${place.line}: column ${column} ${fault}`;
  return new CodecError('CSV_MALFORMED', message, { ...place, column });
}

/** Creates the error for a cell that is not a number; `isSingle` where numbers have to fit a float32. */
export function createNotNumericError(
  cell: string,
  column: number,
  place: RowPlace,
  isSingle: boolean,
): CodecError {
  const what = cell === '' ? 'is empty' : `holds ${JSON.stringify(shorten(cell))}`;
  const message = `reading numeric csv: line ${place.line}, column ${column} ${what}, expected a number: ${advise(cell, column, place, isSingle)}`;
  return new CodecError('CSV_NOT_NUMERIC', message, { ...place, column });
}

/** Creates the error for a cell whose number a double cannot hold. */
export function createLossyNumberError(cell: string, column: number, place: RowPlace): CodecError {
  const message = `reading numeric csv: line ${place.line}, column ${column} holds ${shorten(cell)}, which would be read as ${Number(cell)}: read the cell as text, or write a number that a double can hold`;
  return new CodecError('NUMBER_LOSSY', message, { ...place, column });
}

const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
/** As JavaScript and Python write whole numbers to other bases. */
const otherBase = /^0(x[\da-f]+|o[0-7]+|b[01]+)$/i;
/** What pandas, R, SQL and spreadsheets write where a number is missing. */
const missing = /^(<na>|#?n\/?a|-?nan|n\.a\.|null|nil|none|missing|\?|-+)$/i;

/** Says what makes the cell a number, in words that work when they are followed. */
function advise(cell: string, column: number, { record }: RowPlace, isSingle: boolean): string {
  const text = cell.replace(/^[\s"]+|[\s"]+$/g, '');
  if (text === '') return `fill it, or ${emptyAdvice}`;
  if (decimal.test(text)) {
    return isSingle && Number.isFinite(Number(text))
      ? 'it is too large for a Float32Array, scale it or read doubles with type: Float64Array'
      : 'it is too large for a double, scale it';
  }
  if (missing.test(text)) return `leave the cell empty, and ${emptyAdvice}`;
  if (otherBase.test(text)) return `write it as the decimal number ${BigInt(text)}`;
  if (/^[-+]?inf(inity)?$/i.test(text)) return 'write a finite number';
  if (/^(true|false|yes|no)$/i.test(text)) return 'write it as 1 or 0';
  const digits = 'write it with digits and a decimal point';
  const label = 'read the first column as text with textLabel: true';
  if (record === 0 && /^[\p{L}_]/u.test(text))
    return `remove the header, which SageMaker's csv does not have, or ${column === 1 ? label : digits}`;
  return column === 1 ? `${digits}, or ${label}` : digits;
}

const emptyAdvice = "read empty cells as NaN with emptyCells: 'NaN'";

/** Creates the error for a label that is not UTF-8. */
export function createNotUtf8Error(place: RowPlace, cause: unknown): CodecError {
  const message = `reading numeric csv: the label on line ${place.line} is not UTF-8: ${charsetAdvice}`;
  return new CodecError('TEXT_NOT_UTF8', message, { ...place, column: 1, cause });
}
