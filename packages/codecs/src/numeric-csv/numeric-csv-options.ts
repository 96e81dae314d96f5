/** What numeric csv is read into, and how. */

import type { DecodeOptions } from '../codec/codec.ts';

/** Holds rows of numbers, one after the other: row r has in column c `values[r * columns + c]`. */
export interface NumericMatrix<Values extends NumericValues = Float64Array<ArrayBuffer>> {
  readonly rows: number;
  /** Numbers of each row: its cells, without a label that is text. */
  readonly columns: number;
  /** Owns its memory, and has no more of it than the rows take. */
  readonly values: Values;
  /** The first cell of each row where `textLabel` asks for it; empty otherwise. */
  readonly labels: readonly string[];
}

/** Holds the values of a matrix. */
export type NumericValues = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Makes the values of a matrix: `Float64Array` or `Float32Array`. */
export interface NumericType<Values extends NumericValues = NumericValues> {
  new (length: number): Values;
  new (memory: ArrayBuffer): Values;
  readonly BYTES_PER_ELEMENT: number;
}

/** Says how numeric csv is to be read; `maximumRecordBytes` is the limit of a row, without its line's end. */
export interface NumericCsvOptions<Values extends NumericValues = Float64Array<ArrayBuffer>>
  extends NumericRowOptions {
  /** `Float64Array` by default. A `Float32Array` takes the number nearest to the double nearest to the text. */
  readonly type?: NumericType<Values> | undefined;
}

/** Says what rows and their cells are, whatever they are read into. */
export interface NumericRowOptions extends DecodeOptions {
  /** A type that holds no number as large as a double does makes larger ones an error. */
  readonly type?: { readonly BYTES_PER_ELEMENT: number } | undefined;
  /** Numbers that every row must have; as many as the first row has when absent. */
  readonly columns?: number | undefined;
  /** True where the first cell of each row is text: the label, which SageMaker's csv has there. */
  readonly textLabel?: boolean | undefined;
  /** What a cell with nothing in it is: an error, which is the default, or `NaN`. */
  readonly emptyCells?: 'error' | 'NaN' | undefined;
}

/** Says also how rows are gathered into matrices. */
export interface NumericCsvBatchOptions<Values extends NumericValues = Float64Array<ArrayBuffer>>
  extends NumericCsvOptions<Values> {
  /**
   * Rows of each matrix but the last, which has the rest; at least one. By default as many as make 131,072
   * values, which is 1 MiB of doubles. `Infinity` gathers all rows into one matrix.
   */
  readonly rowsPerMatrix?: number | undefined;
}
