/** Arrays of any number of dimensions, as numpy has them: one block of elements and a shape. */

import { count } from '../codec/message-parts.ts';

/** Types whose elements are numbers of a typed array: how numpy writes them in a `descr`, and the class of the array. */
export const numberTypes = {
  int8: { code: 'i1', Values: Int8Array },
  int16: { code: 'i2', Values: Int16Array },
  int32: { code: 'i4', Values: Int32Array },
  int64: { code: 'i8', Values: BigInt64Array },
  uint8: { code: 'u1', Values: Uint8Array },
  uint16: { code: 'u2', Values: Uint16Array },
  uint32: { code: 'u4', Values: Uint32Array },
  uint64: { code: 'u8', Values: BigUint64Array },
  float32: { code: 'f4', Values: Float32Array },
  float64: { code: 'f8', Values: Float64Array },
} as const;

/** Names what the elements are, as numpy does; `text` is its `<U`, `bytes` its `|S`. */
export type ElementType = keyof typeof numberTypes | (typeof otherTypes)[number];

const otherTypes = ['bool', 'float16', 'text', 'bytes'] as const;
const elementTypes: readonly unknown[] = [...Object.keys(numberTypes), ...otherTypes];

/**
 * Holds elements in C order, the last index running fastest: a typed array of the same width, but `Uint8Array` of 0
 * and 1 for `bool`, and an array of strings for `text` and `bytes`. What is read of `float16` is a `Float32Array`; a
 * `Float16Array`, where Node has one, is written as it is.
 */
export type ElementValues =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
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

/** As many as one list of Node can hold without holes. */
export const maximumListed = 2 ** 27;

/** More than any array has. */
const maximumDimensions = 1_000;

/** Counts the elements of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Recognises an array by its three members, which need not agree. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== 'object' || value === null) return false;
  const { type, shape, values } = value as Partial<NdArray>;
  if (typeof type !== 'string' || !elementTypes.includes(type) || !Array.isArray(shape)) return false;
  return Array.isArray(values) || ArrayBuffer.isView(values);
}

/** Says what of shape and values does not agree; `undefined` when they do. */
export function findShapeFault({ shape, values }: NdArray): string | undefined {
  // Lists with holes may claim any length, and would be walked for minutes.
  if (values.length > maximumListed && !ArrayBuffer.isView(values))
    return `it has ${values.length} texts, more than ${maximumListed}`;
  const isShape =
    shape.length <= maximumDimensions && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (isShape && values.length === countElements(shape)) return undefined;
  return `the shape (${shape.slice(0, 32).join(', ')}) does not match ${count(values.length, 'value')}`;
}
