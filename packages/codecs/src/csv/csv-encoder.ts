/** Writes csv rows, each ended by a line feed, with quotes only where a reader needs them. */

import { assertAttached } from '../codec/assert-attached.ts';
import { count } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import { Fault, toPlain } from '../json/to-plain.ts';
import type { NdArray } from '../npy/nd-array.ts';
import { unpackValue } from '../npy/unpack-value.ts';

/**
 * Holds what fits into one cell: `null` becomes an empty one, a list or an array its JSON, and an object with `toJSON`, such
 * as a `Date`, what that gives.
 */
export type CsvCell =
  | string
  | number
  | boolean
  | bigint
  | null
  | readonly unknown[]
  | ArrayBufferView
  | NdArray
  | { toJSON(key?: string): unknown };

/** Holds the cells of a row, in a list or an array, or the one cell of a row of one. */
export type CsvEncodableRow = CsvCell | readonly CsvCell[];

/**
 * Creates the function that writes the rows of one body in order.
 *
 * @throws while writing, `CodecError` with `CSV_UNENCODABLE`, `CSV_RAGGED`, and what `unpackValue` throws
 */
export function createCsvEncoder(): (row: CsvEncodableRow, record: number) => string {
  let width: number | undefined;
  return (row, record) => {
    const cells: ArrayLike<unknown> = isFloats(row) ? row : listCells(row);
    if (isFloats(row)) assertAttached(row, 'CSV_UNENCODABLE');
    if (cells.length === 0) throw createUnencodableError('has no cells', record);
    width ??= cells.length;
    let line = '';
    // Not `map`, which passes over what an array does not have.
    for (let index = 0; index < cells.length; index += 1) {
      const cell = writeCell(cells[index], record, index + 1);
      line = index === 0 ? cell : `${line},${cell}`;
    }
    if (cells.length !== width) throw createRaggedError(cells.length, width, record);
    // A reader skips a blank line, and takes U+FEFF at the start of a body for the byte order mark.
    const isMark = record === 0 && line.startsWith('\ufeff');
    if (line !== '' && !isMark) return `${line}\n`;
    const [first = '', ...others] = line.split(',');
    return `${[`"${first}"`, ...others].join(',')}\n`;
  };
}

/** The most common values of a model's answer; they are written without making a list. */
function isFloats(row: unknown): row is Float32Array | Float64Array {
  return row instanceof Float32Array || row instanceof Float64Array;
}

function listCells(row: unknown): readonly unknown[] {
  const list = unpackValue(row);
  return Array.isArray(list) ? list : [list];
}

/** Neither separators nor quotes, nor anything that UTF-8 could not hold. */
const plainPattern = /^[\x20\x21\x23-\x2b\x2d-\x7e]*$/;

function writeCell(cell: unknown, record: number, column: number): string {
  // String(-0) is "0", which would lose the sign.
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell);
  if (cell === null) return '';
  if (typeof cell === 'boolean' || typeof cell === 'bigint') return String(cell);
  if (typeof cell !== 'string') return writeObject(cell, record, column);
  if (plainPattern.test(cell)) return cell;
  // UTF-8 has no bytes for one: an encoder would write U+FFFD in its place.
  if (/\p{Surrogate}/u.test(cell)) {
    throw createUnencodableError(`holds an unpaired surrogate in column ${column}`, record, column);
  }
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What an object is in JSON: a list as SageMaker's own XGBoost writes the probabilities of a row, or one value. */
function writeObject(cell: unknown, record: number, column: number): string {
  const plain = toPlain(cell);
  if (plain instanceof Fault && plain.path !== '') {
    const what = `holds a list in column ${column}, whose element ${plain.path} ${plain.what}`;
    throw createUnencodableError(what, record, column);
  }
  if (Array.isArray(plain)) return writeCell(JSON.stringify(plain), record, column);
  if (typeof plain !== 'object' || plain === null) return writeCell(plain, record, column);
  throw createUnencodableError(`holds ${describe(cell)} in column ${column}`, record, column);
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function createUnencodableError(what: string, record: number, column?: number): CodecError {
  const message = `writing csv: row ${record} (from zero) ${what}: make every row text, numbers, booleans, null or lists of them`;
  return new CodecError('CSV_UNENCODABLE', message, { record, column });
}

function createRaggedError(width: number, expected: number, record: number): CodecError {
  const message = `writing csv: row ${record} (from zero) has ${count(width, 'cell')}, expected ${expected} as in row 0: give every row the same number of cells`;
  return new CodecError('CSV_RAGGED', message, { record });
}
