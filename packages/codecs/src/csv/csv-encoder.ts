/** Writes csv rows, each ended by a line feed, with quotes only where a reader needs them. */

import { count } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import { Fault, toPlain } from '../json/to-plain.ts';
import type { NdArray } from '../npy/nd-array.ts';
import { unpackArray } from '../npy/unpack-array.ts';

/** Holds what fits into one cell: `null` becomes an empty one, and a list or an array its JSON. */
export type CsvCell =
  | string
  | number
  | boolean
  | bigint
  | null
  | readonly unknown[]
  | ArrayBufferView
  | NdArray;

/** Holds the cells of a row, in a list or an array, or the one cell of a row of one. */
export type CsvEncodableRow = CsvCell | readonly CsvCell[];

/**
 * Creates the function that writes the rows of one body in order.
 *
 * @throws while writing, `CodecError` with `CSV_UNENCODABLE`, `CSV_RAGGED`
 */
export function createCsvEncoder(): (row: CsvEncodableRow, record: number) => string {
  let width: number | undefined;
  return (row, record) => {
    const cells: ArrayLike<unknown> = isFloats(row) ? row : listCells(row);
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
  const list = unpackArray(row);
  return Array.isArray(list) ? list : [list];
}

/** Neither separators nor quotes, nor anything that UTF-8 could not hold. */
const plainPattern = /^[\x20\x21\x23-\x2b\x2d-\x7e]*$/;

function writeCell(cell: unknown, record: number, column: number): string {
  // String(-0) is "0", which would lose the sign.
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell);
  if (cell === null) return '';
  if (typeof cell === 'boolean' || typeof cell === 'bigint') return String(cell);
  const text = typeof cell === 'string' ? cell : writeList(cell, record, column);
  if (plainPattern.test(text)) return text;
  // UTF-8 has no bytes for one: an encoder would write U+FFFD in its place.
  if (/\p{Surrogate}/u.test(text)) {
    throw createUnencodableError(`holds an unpaired surrogate in column ${column}`, record, column);
  }
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** As SageMaker's own XGBoost writes the probabilities of a row. */
function writeList(cell: unknown, record: number, column: number): string {
  const list = unpackArray(cell);
  if (!Array.isArray(list))
    throw createUnencodableError(`holds ${describe(cell)} in column ${column}`, record, column);
  const plain = toPlain(list);
  if (!(plain instanceof Fault)) return JSON.stringify(plain);
  throw createUnencodableError(
    `holds a list in column ${column}, whose element ${plain.path} ${plain.what}`,
    record,
    column,
  );
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
