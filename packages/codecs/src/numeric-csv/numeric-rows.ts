/** Reads csv rows of numbers from bytes that end in a line's end, straight into what is being built of them. */

import { createRecordTooLargeError } from '../codec/record-limit.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import {
  createLossyNumberError,
  createNotNumericError,
  createRaggedError,
  type RowPlace,
} from './numeric-csv-errors.ts';
import type { NumericRowOptions } from './numeric-csv-options.ts';
import type { RowBuilder } from './row-builder.ts';
import { csvBytes, quoteCell, scanUnusualCell } from './scan-cell.ts';
import { scanLabel } from './scan-label.ts';
import { type ByteCursor, mayUnderflow, scanNumber } from './scan-number.ts';
import { scanShortCells } from './scan-short-cells.ts';

const { lineFeed, carriageReturn, comma } = csvBytes;

/** Creates the reader of the rows of one body. */
export function createNumericRows(builder: RowBuilder<unknown>, limit: number, options: NumericRowOptions) {
  const readCells = createCellReader(builder, options);
  const cursor: ByteCursor = { at: 0 };
  let line = 1;
  let record = 0;
  let lastByte: number | undefined;
  const place = () => ({ line, record });

  /** Moves behind one line's end; CR LF is one, also where it is cut between two windows. */
  function passLineEnd(bytes: Uint8Array): void {
    const byte = bytes[cursor.at++];
    if (byte !== lineFeed || lastByte !== carriageReturn) line += 1;
    lastByte = byte;
  }
  function readRow(bytes: Uint8Array, end: number): boolean {
    const start = cursor.at;
    const label = options.textLabel ? scanLabel(bytes, cursor, end, place()) : undefined;
    if (options.textLabel && label === undefined) {
      cursor.at = start;
      return false;
    }
    readCells(bytes, cursor, label !== undefined, place());
    if (cursor.at - start > limit) throw createRecordTooLargeError(limit, line, record);
    builder.keepRow(label?.text);
    line += label?.lineEnds ?? 0;
    record += 1;
    lastByte = undefined;
    return true;
  }
  return {
    /**
     * Reads rows from `from` on and returns where the last one ends: at `end`, where the builder is full, or in
     * front of a row whose label `end` cuts. The byte in front of `end` has to be a line's end.
     *
     * @throws `CodecError`
     */
    read(bytes: Uint8Array, from: number, end: number): number {
      cursor.at = from;
      while (cursor.at < end && !builder.full()) {
        const byte = bytes[cursor.at];
        if (byte !== lineFeed && byte !== carriageReturn && !readRow(bytes, end)) break;
        passLineEnd(bytes);
      }
      return cursor.at;
    },
    /** Where the next row begins. */
    place,
  };
}

/** Reads the numbers of a row up to its line's end, from the comma behind its label where it has one. */
type CellReader = (bytes: Uint8Array, cursor: ByteCursor, labelled: boolean, place: RowPlace) => void;

function createCellReader(builder: RowBuilder<unknown>, options: NumericRowOptions): CellReader {
  const emptyIsNaN = options.emptyCells === 'NaN';
  const maximum = options.type?.BYTES_PER_ELEMENT === 4 ? largestFloat32 : Number.MAX_VALUE;
  // All whole numbers below are doubles.
  const firstLossy = 2 ** 53;
  let widthReason = 'as requested';

  return (bytes, cursor, labelled, place) => {
    // Literals, for the reason that scanNumber has them.
    const comma = 0x2c;
    const lineFeed = 0x0a;
    const carriageReturn = 0x0d;
    const labelCells = labelled ? 1 : 0;
    if (builder.columns() === undefined) {
      builder.setColumns(countCells(bytes, cursor.at) - labelCells);
      widthReason = `as on line ${place.line}`;
    }
    const columns = builder.columns() ?? 0;
    const values = builder.reserveRow();
    const from = builder.used();
    let column = 0;
    let before: number | undefined = labelled ? bytes[cursor.at++] : comma;
    if (before === comma) column = scanShortCells(bytes, cursor, values, from, columns);
    if (column > 0) before = bytes[cursor.at++];
    for (; before === comma; before = bytes[cursor.at++]) {
      const start = cursor.at;
      const value = scanNumber(bytes, cursor);
      const next = bytes[cursor.at];
      const isWhole = next === comma || next === lineFeed || next === carriageReturn;
      // A row that is too wide is lost, and must not make its place grow.
      const index = column < columns ? from + column : from;
      const isCertain =
        Math.abs(value) < firstLossy && (value !== 0 || !mayUnderflow(bytes, start, cursor.at));
      // Two stores: of one variable for both, the compiler would put every number on the heap.
      if (isWhole && isCertain) values[index] = value;
      else {
        // NaN, perhaps too large or too small, or not the whole cell.
        cursor.at = start;
        values[index] = readUnusual(bytes, cursor, column + 1 + labelCells, place);
      }
      column += 1;
    }
    // Back to the line's end, which is the caller's.
    cursor.at -= 1;
    if (column === columns) return;
    throw createRaggedError(column + labelCells, columns + labelCells, widthReason, place);
  };

  function readUnusual(bytes: Uint8Array, cursor: ByteCursor, column: number, place: RowPlace): number {
    const start = cursor.at;
    const value = scanUnusualCell(bytes, cursor);
    const usable = Number.isNaN(value) ? emptyIsNaN : Math.abs(value ?? Number.NaN) <= maximum;
    if (value === undefined || !usable)
      throw createNotNumericError(quoteCell(bytes, start), column, place, maximum < Number.MAX_VALUE);
    if (value !== 0 && Math.abs(value) < firstLossy) return value;
    const text = Buffer.from(bytes.subarray(start, cursor.at)).toString('latin1').replace(/["\s]/g, '');
    if (isLossyNumber(text)) throw createLossyNumberError(text, column, place);
    return value;
  }
}

/** Larger numbers are infinite as a float32, which rounds to the nearest. */
const largestFloat32 = 3.4028235677973362e38;

/** Counts the cells from here to the line's end. */
function countCells(bytes: Uint8Array, from: number): number {
  let count = 1;
  for (let at = from; bytes[at] !== lineFeed && bytes[at] !== carriageReturn; at += 1) {
    if (bytes[at] === comma) count += 1;
  }
  return count;
}
