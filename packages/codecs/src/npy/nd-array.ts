/** Arrays of any number of dimensions, as numpy has them: one block of elements and a shape. */

/** Names what the elements are, as numpy does; `text` is its `<U`, `bytes` its `|S`. */
export type ElementType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'text'
  | 'bytes';

/**
 * Holds elements in C order, the last index running fastest: a typed array of the same width, but `Uint8Array` of 0
 * and 1 for `bool`, `Float32Array` for `float16`, and an array of strings for `text` and `bytes`.
 */
export type ElementValues =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | readonly string[];

/** Holds an array of any number of dimensions. */
export interface NdArray {
  readonly type: ElementType;
  /** Size along each dimension; empty for a single element. */
  readonly shape: readonly number[];
  readonly values: ElementValues;
}

/** Counts the elements of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
