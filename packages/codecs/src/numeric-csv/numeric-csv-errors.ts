/** The errors of numeric csv, in the words that csv without numbers has for them. */

import { CodecError } from '../errors.ts';
import { createRecordTooLargeError } from '../record-limit.ts';

/** Where the row at fault begins. */
export interface RowPlace {
  /** One-based line. */
  readonly line: number;
  /** Zero-based index of the row. */
  readonly record: number;
}

/** Creates the error for a row that is not as wide as it has to be; `reason` says why it has to. */
export function createRaggedError(
  cells: number,
  expected: number,
  reason: string,
  place: RowPlace,
): CodecError {
  const columns = cells === 1 ? '1 column' : `${cells} columns`;
  const message = `line ${place.line} has ${columns}, expected ${expected} ${reason}: give every row as many cells`;
  return new CodecError('CSV_RAGGED', message, place);
}

/** Creates the error for a label whose quotes are wrong. */
export function createQuoteError(explanation: string, place: RowPlace): CodecError {
  const message = `reading the csv row that starts on line ${place.line}: column 1 ${explanation}`;
  return new CodecError('CSV_MALFORMED', message, { ...place, column: 1 });
}

/** Creates the error for a cell that is no number. */
export function createNotNumericError(cell: string, column: number, place: RowPlace): CodecError {
  const what = cell === '' ? 'is empty' : `holds ${JSON.stringify(shorten(cell))}`;
  const message = `reading numeric csv: line ${place.line}, column ${column} ${what}, expected a number: ${advise(cell, place)}`;
  return new CodecError('CSV_NOT_NUMERIC', message, { ...place, column });
}

/** Creates the error for a cell whose number a double cannot hold. */
export function createLossyNumberError(cell: string, column: number, place: RowPlace): CodecError {
  const message = `reading numeric csv: line ${place.line}, column ${column} holds ${shorten(cell)}, which would be read as ${Number(cell)}: read the cell as text, or write a number that a double can hold`;
  return new CodecError('NUMBER_LOSSY', message, { ...place, column });
}

function shorten(cell: string): string {
  return cell.length > 40 ? `${cell.slice(0, 40)}...` : cell;
}

function advise(cell: string, place: RowPlace): string {
  if (cell === '') return "fill it, or read empty cells as NaN with emptyCells: 'NaN'";
  if (/\d/.test(cell) && Math.abs(Number(cell)) > 1)
    return 'it is too large for the type, scale it or read doubles';
  if (place.record === 0)
    return "remove the header, which SageMaker's csv does not have, or read a label as text";
  return 'write it with digits and a decimal point, or read a label as text';
}

/** Creates the error for a row of more bytes than are allowed. */
export function createTooLargeError(limit: number, { line, record }: RowPlace): CodecError {
  return createRecordTooLargeError(limit, line, record);
}

/** Creates the error for a label that is not UTF-8. */
export function createNotUtf8Error(place: RowPlace, cause: unknown): CodecError {
  const message = `reading numeric csv: the label on line ${place.line} is not UTF-8, send UTF-8 or name the charset in the content type`;
  return new CodecError('TEXT_NOT_UTF8', message, { ...place, column: 1, cause });
}
