/** What rows of numbers are read into. */

/** Takes rows one after the other, and gives them as one whole after the other. */
export interface RowBuilder<Whole> {
  /** Columns of every row; undefined until the first row has said so. */
  columns(): number | undefined;
  setColumns(columns: number): void;
  /** Gives the array that the next row belongs into, from the index `used()` on, with room for it. */
  reserveRow(): RowNumbers;
  /** Numbers in the array that `reserveRow` gave last. */
  used(): number;
  /** Keeps the row that was written; what is written and not kept is lost. */
  keepRow(label: string | undefined): void;
  /** True once a whole has all the rows it may have. */
  full(): boolean;
  rows(): number;
  /** Returns the whole and begins the next one. */
  take(): Whole;
}

/** An array to write numbers into, typed or not. */
export interface RowNumbers {
  [index: number]: number;
}
