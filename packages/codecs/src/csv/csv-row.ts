/** One row of csv, and the error for one that is wider or narrower than the first. */

import { CodecError } from '../errors.ts';

/** Holds one row of a csv body. */
export interface CsvRow {
  /** One-based line on which the row starts. */
  readonly line: number;
  /** The text of each cell, without its quotes and otherwise untouched. */
  readonly cells: readonly string[];
}

/** Creates the error for a row that is not as wide as the first. */
export function createRaggedError(row: CsvRow, first: CsvRow, record: number): CodecError {
  const columns = row.cells.length === 1 ? '1 column' : `${row.cells.length} columns`;
  const message = `line ${row.line} has ${columns}, expected ${first.cells.length} as on line ${first.line}: give every row as many cells as the first, and quote a cell that holds a comma`;
  return new CodecError('CSV_RAGGED', message, { line: row.line, record });
}
