/** Turns lists within lists into one block of elements with a shape. */

import { CodecError } from '../errors.ts';
import type { ElementType, ElementValues, NdArray } from './nd-array.ts';

/** As numpy before version 2; deeper lists are a mistake, or refer to themselves. */
const maximumDimensions = 32;

/** Element types by the class of a typed array. */
const typedArrays: readonly (readonly [new () => unknown, ElementType])[] = [
  [Int8Array, 'int8'],
  [Int16Array, 'int16'],
  [Int32Array, 'int32'],
  [BigInt64Array, 'int64'],
  [Uint8Array, 'uint8'],
  [Uint16Array, 'uint16'],
  [Uint32Array, 'uint32'],
  [BigUint64Array, 'uint64'],
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
];

/**
 * Gives the array of a typed array, or of numbers, booleans or text in lists that are all as long as their
 * neighbours.
 *
 * @throws `CodecError` with `NPY_UNENCODABLE` and the path of the first thing that does not fit
 */
export function toNdArray(value: unknown): NdArray {
  const typed = typedArrays.find(([Type]) => value instanceof Type);
  if (typed !== undefined) {
    const values = value as Exclude<ElementValues, readonly string[]>;
    return { type: typed[1], shape: [values.length], values };
  }
  const shape = measureShape(value);
  const leaves: unknown[] = [];
  collect(value, shape, '', leaves);
  return { ...packLeaves(leaves, shape), shape };
}

function measureShape(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; isList(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > maximumDimensions) throw createError(`$ is deeper than ${maximumDimensions} lists`);
    if (inner.length === 0) break;
  }
  return shape;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array;
}

function collect(value: unknown, shape: readonly number[], path: string, leaves: unknown[]): void {
  const [length, ...rest] = shape;
  if (length === undefined) {
    leaves.push(value);
    return;
  }
  if (!isList(value) || value.length !== length) {
    const what = isList(value) ? `has ${value.length} elements` : 'is no list';
    throw createError(
      `$${path} ${what}, where its neighbours have ${length}: make all rows as long as the first`,
    );
  }
  for (let index = 0; index < length; index += 1) collect(value[index], rest, `${path}[${index}]`, leaves);
}

function packLeaves(leaves: readonly unknown[], shape: readonly number[]): Omit<NdArray, 'shape'> {
  const [first] = leaves;
  const kind = typeof first;
  const wrong = leaves.findIndex((leaf) => typeof leaf !== kind);
  if (wrong !== -1) {
    const place = writePath(wrong, shape);
    throw createError(
      `$${place} is ${describe(leaves[wrong])}, where others are ${describe(first)}: send one type only`,
    );
  }
  if (kind === 'number') return { type: 'float64', values: Float64Array.from(leaves as number[]) };
  if (kind === 'boolean') return { type: 'bool', values: Uint8Array.from(leaves as boolean[], Number) };
  if (kind === 'string') return { type: 'text', values: leaves as string[] };
  if (leaves.length === 0) return { type: 'float64', values: new Float64Array(0) };
  throw createError(`$${writePath(0, shape)} is ${describe(first)}: send numbers, booleans or text`);
}

function writePath(leaf: number, shape: readonly number[]): string {
  let rest = leaf;
  const indexes = [...shape].reverse().map((length) => {
    const index = rest % length;
    rest = Math.floor(rest / length);
    return `[${index}]`;
  });
  return indexes.reverse().join('');
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function createError(what: string): CodecError {
  return new CodecError('NPY_UNENCODABLE', `writing npy: ${what}`);
}
