/** Writes csv rows, each ended by a line feed, with quotes only where a reader needs them. */

import { stringify } from 'csv-stringify/sync';
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
    const list = unpackArray(row);
    const values: readonly unknown[] = Array.isArray(list) ? list : [list];
    if (values.length === 0) throw createUnencodableError('has no cells', record);
    let areNumbers = true;
    const cells: string[] = [];
    // Not `map`, which passes over what an array does not have.
    for (let index = 0; index < values.length; index += 1) {
      const cell = values[index];
      areNumbers &&= typeof cell === 'number';
      cells.push(writeCell(cell, record, index + 1));
    }
    width ??= cells.length;
    if (cells.length !== width) throw createRaggedError(cells.length, width, record);
    // Numbers have nothing in them that needs quotes.
    return areNumbers ? `${cells.join(',')}\n` : writeRow(cells, record);
  };
}

function writeCell(cell: unknown, record: number, column: number): string {
  if (cell === null) return '';
  // String(-0) is "0", which would lose the sign.
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell);
  if (typeof cell === 'boolean' || typeof cell === 'bigint') return String(cell);
  const text = typeof cell === 'string' ? cell : writeList(cell, record, column);
  // UTF-8 has no bytes for one: an encoder would write U+FFFD in its place.
  if (/\p{Surrogate}/u.test(text)) {
    throw createUnencodableError(`holds half a surrogate pair in column ${column}`, record, column);
  }
  return text;
}

/** As SageMaker's own XGBoost writes the probabilities of a row. */
function writeList(cell: unknown, record: number, column: number): string {
  const list = unpackArray(cell);
  if (!Array.isArray(list))
    throw createUnencodableError(`holds ${describe(cell)} in column ${column}`, record, column);
  const plain = toPlain(list);
  if (!(plain instanceof Fault)) return JSON.stringify(plain);
  throw createUnencodableError(
    `holds in column ${column} a list, of which ${plain.path} ${plain.what}`,
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
  return new CodecError('CSV_UNENCODABLE', message, column === undefined ? { record } : { record, column });
}

function createRaggedError(width: number, expected: number, record: number): CodecError {
  const message = `writing csv: row ${record} (from zero) has ${width} cells, expected ${expected} as in the first: give every row as many`;
  return new CodecError('CSV_RAGGED', message, { record });
}

function writeRow(cells: string[], record: number): string {
  // A reader skips a blank line, so a row of one empty cell needs its quotes.
  if (cells.length === 1 && cells[0] === '') return '""\n';
  // At the start of a body U+FEFF would be taken for the byte order mark.
  if (record === 0 && cells[0]?.startsWith('\ufeff')) return stringify([cells], { quoted_match: /^\ufeff/ });
  return stringify([cells]);
}
