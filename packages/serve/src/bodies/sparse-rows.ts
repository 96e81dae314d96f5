/** Writes sparse rows out, zeros and all, where a schema of rows is to take them. */

import type { LibsvmRow } from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';

/** How the columns of libsvm rows are to be understood. */
export interface SparseOptions {
  /** How many numbers a row has; default as many as the widest row of the request needs. */
  readonly columns?: number | undefined;
  /** The number of the first column; default 0, as SageMaker's XGBoost has it; 1 is what LIBSVM itself writes. */
  readonly firstColumn?: 0 | 1 | undefined;
}

/** A few bytes may name a column of any number, and each would be a number of the row. */
const maximumCells = 2 ** 22;

/**
 * Gives rows of one width; labels are left out.
 *
 * @throws ServeError `INPUT_INVALID` for a column outside of the row, `BODY_TOO_LARGE`.
 */
export function toDenseRows(rows: readonly LibsvmRow[], options: SparseOptions = {}): number[][] {
  const { firstColumn = 0 } = options;
  const width = options.columns ?? measureWidth(rows, firstColumn);
  assertFewCells(rows.length, width);
  return rows.map(({ columns, values }, record) => {
    const row: number[] = Array(width).fill(0);
    for (const [index, column] of columns.entries()) {
      const place = column - firstColumn;
      if (place < 0 || place >= width) throw createColumnError(column, record, firstColumn, width);
      row[place] = values[index] ?? 0;
    }
    return row;
  });
}

/** @throws ServeError `BODY_TOO_LARGE` for rows that would take far more memory than their body did. */
export function assertFewCells(rows: number, width: number): void {
  if (rows * width <= maximumCells) return;
  const message = `${rows} sparse rows of ${width} columns are ${rows * width} numbers, more than the limit of ${maximumCells}: send fewer rows at a time, or read them packed`;
  throw new ServeError('BODY_TOO_LARGE', message);
}

function measureWidth(rows: readonly LibsvmRow[], firstColumn: number): number {
  return rows.reduce((widest, { columns }) => Math.max(widest, (columns.at(-1) ?? -1) + 1 - firstColumn), 0);
}

function createColumnError(column: number, record: number, firstColumn: number, width: number): ServeError {
  const message = `instances[${record}] has column ${column}, expected columns from ${firstColumn} to ${firstColumn + width - 1}`;
  return new ServeError('INPUT_INVALID', message, { record });
}
