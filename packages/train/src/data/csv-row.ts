/** One row of a CSV file that knows where it came from, so that a wrong cell can be found. */

import { isLossyNumber } from '@optml/codecs/text';
import { TrainError } from '../errors.ts';

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Columns count from 0 in code and from 1 in messages, as spreadsheets do. */
export interface CsvRow {
  /** Channel and file, for example `training/iris.csv`. */
  readonly file: string;
  /** The line on which the row starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The cell as it stands; @throws TrainError `DATA_INVALID` when the row is too short or the cell empty. */
  text(column: number): string;
  /** The cell as a number; @throws TrainError `DATA_INVALID` when it is not a number, or one that a double cannot hold. */
  number(column: number): number;
  /** The cells from a column on as numbers; @throws TrainError `DATA_INVALID` as `number` does. */
  numbers(fromColumn: number): number[];
}

export function createCsvRow(file: string, line: number, cells: readonly string[]): CsvRow {
  const invalid = (column: number, expected: string) => {
    const found = column < cells.length ? JSON.stringify(cells[column]) : 'nothing';
    const message = `${file}: line ${line}, column ${column + 1} holds ${found}: expected ${expected}`;
    return new TrainError('DATA_INVALID', message);
  };
  const number = (column: number) => {
    const cell = cells[column]?.trim() ?? '';
    if (!numeric.test(cell)) throw invalid(column, 'a number');
    if (isLossyNumber(cell))
      throw invalid(
        column,
        `a number that fits a double (it would be read as ${Number(cell)}): read it with row.text`,
      );
    return Number(cell);
  };
  return {
    file,
    line,
    cells,
    number,
    text(column) {
      const cell = cells[column]?.trim() ?? '';
      if (cell === '') throw invalid(column, 'text');
      return cell;
    },
    numbers: (fromColumn) => cells.slice(fromColumn).map((_cell, index) => number(fromColumn + index)),
  };
}
