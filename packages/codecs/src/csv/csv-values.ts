/** Csv as JSON would have it: with the numbers in it as numbers. */

import { readBody } from '../codec/body-reader.ts';
import type { DecodeOptions } from '../codec/codec.ts';
import { CodecError } from '../errors.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import { decodeNumericCsvRows } from '../numeric-csv/read-numeric-csv.ts';
import { createCsvEncoder } from './csv-encoder.ts';
import { createCsvReader, readCsvText } from './csv-reader.ts';

/** Holds the rows of a csv body. */
export interface CsvValues {
  /** Numbers and texts; a number that a double cannot hold stays text. */
  readonly rows: (string | number)[][];
  /** True where all of them are numbers. */
  readonly areNumbers: boolean;
  /** True where there are texts for numbers that a double cannot hold. */
  readonly hasLossyNumbers: boolean;
  /** Gives every cell as it was written. */
  readCells(): readonly (readonly string[])[];
}

/**
 * Decodes a whole body, or the text of one, as `csvCodec` does, and reads as a number each cell that is a decimal number,
 * among blanks or not.
 *
 * @throws `CodecError` as `csvCodec.decode`
 */
export function decodeCsvValues(body: Uint8Array | string, options: DecodeOptions = {}): CsvValues {
  const numbers = typeof body === 'string' ? undefined : decodeNumbers(body, options);
  if (numbers !== undefined) {
    // The caller may change the rows, and the body stays.
    const readCells = () => decodeCells(body, options);
    return { rows: numbers, areNumbers: true, hasLossyNumbers: false, readCells };
  }
  const cells = decodeCells(body, options);
  let hasLossyNumbers = false;
  const read = (cell: string) => {
    const value = Number(cell);
    if (Number.isNaN(value) || !isDecimal(cell)) return cell;
    const isCertain = value !== 0 && Math.abs(value) < 2 ** 53;
    if (isCertain || !isLossyNumber(cell.trim())) return value;
    hasLossyNumbers = true;
    return cell;
  };
  const rows = cells.map((row) => row.map(read));
  return { rows, areNumbers: false, hasLossyNumbers, readCells: () => cells };
}

const quote = 0x22;

/**
 * Reads rows of nothing but numbers straight from the bytes: the text of 100,000 cells would be so much garbage that
 * collecting it takes longer than reading them. `undefined` for anything else.
 */
function decodeNumbers(body: Uint8Array, options: DecodeOptions): number[][] | undefined {
  // A buffer's own search is ten times as quick as that of a typed array.
  if (Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(quote)) return undefined;
  try {
    return decodeNumericCsvRows(body, options);
  } catch (error) {
    // What is wrong with it as csv is told by who reads it as csv.
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function decodeCells(body: Uint8Array | string, options: DecodeOptions): readonly (readonly string[])[] {
  const rows =
    typeof body === 'string' ? readCsvText(body, options) : readBody(createCsvReader(options), body);
  return rows.map(({ cells }) => cells);
}

/** False for what `Number` reads and csv does not mean: hexadecimal and the like, and the empty cell. */
function isDecimal(cell: string): boolean {
  let hasDigit = false;
  for (let index = 0; index < cell.length; index += 1) {
    const code = cell.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) hasDigit = true;
    else if (!decimalSigns.includes(code)) return false;
  }
  return hasDigit;
}

const decimalSigns = Array.from('.-+eE \t', (character) => character.charCodeAt(0));

/**
 * Writes rows as `csvCodec` does, as text: a few lines are quicker on their way as that.
 *
 * @throws `CodecError` as `csvCodec.encode`
 */
export function encodeCsvText(rows: readonly unknown[]): string {
  return Array.from(rows, createCsvEncoder() as (row: unknown, record: number) => string).join('');
}
