/** Gathers rows of numbers into lists, as JSON would give them. */

import type { RowBuilder } from './row-builder.ts';

/** Creates a builder of one list of all rows; it has no place for labels. */
export function createListBuilder(columnsAsked: number | undefined): RowBuilder<number[][]> {
  let columns = columnsAsked;
  let blank: number[] = [];
  let row: number[] = [];
  let lists: number[][] = [];
  return {
    columns: () => columns,
    setColumns(count) {
      columns = count;
    },
    /** Copies a row that is there already: V8 then keeps doubles in one block, and never makes it anew to grow it. */
    reserveRow() {
      if (blank.length !== columns) blank = Array<number>(columns ?? 0).fill(0.5);
      row = blank.slice();
      return row;
    },
    used: () => 0,
    keepRow() {
      lists.push(row);
    },
    full: () => false,
    rows: () => lists.length,
    take() {
      const whole = lists;
      lists = [];
      return whole;
    },
  };
}
