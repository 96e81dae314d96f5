/** Turns lists within lists into one block of elements with a shape. */

import { count } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import {
  type ElementType,
  type ElementValues,
  findShapeFault,
  isNdArray,
  type NdArray,
  numberTypes,
} from './nd-array.ts';
import { isTypedArray, unpackArray } from './unpack-array.ts';

/** As numpy before version 2; deeper lists are a mistake, or refer to themselves. */
const maximumDimensions = 32;

/** Element types by the class of a typed array. */
const typedArrays: Readonly<Record<string, ElementType>> = {
  Uint8ClampedArray: 'uint8',
  Float16Array: 'float16',
  ...Object.fromEntries(
    Object.entries(numberTypes).map(([type, { Values }]) => [Values.name, type as ElementType]),
  ),
};

/**
 * Gives an `NdArray` as it is, and the array of a typed array, or of numbers, booleans or text in lists that are all as long as their
 * neighbours. Lists of typed arrays, or of `NdArray`s, keep the type and gain a dimension.
 *
 * @throws `CodecError` with `NPY_UNENCODABLE` and the path of the first thing that does not fit
 */
export function toNdArray(value: unknown): NdArray {
  const array = toBlock(value) ?? stackBlocks(value, 0);
  if (array !== undefined) return array;
  const lists = unpackLists(value, 0);
  const shape = measureShape(lists);
  const leaves: unknown[] = [];
  collect(lists, shape, '', leaves);
  return { ...packLeaves(leaves, shape), shape };
}

/** Gives the array of what has its elements in one block already. */
function toBlock(value: unknown): NdArray | undefined {
  if (isNdArray(value)) {
    const fault = findShapeFault(value);
    if (fault !== undefined) throw createError(fault);
    return value;
  }
  const type = isTypedArray(value) ? typedArrays[nameClass(value)] : undefined;
  if (type === undefined) return undefined;
  const values = value as ArrayBufferView as Exclude<ElementValues, readonly string[]>;
  return { type, shape: [values.length], values };
}

/** The name that the language gives it, for a class that extends it has another. */
function nameClass(value: object): string {
  return (value as { readonly [Symbol.toStringTag]?: string | undefined })[Symbol.toStringTag] ?? '';
}

/** Puts blocks of one type and one shape together; `undefined` for anything else. */
function stackBlocks(value: unknown, depth: number): NdArray | undefined {
  if (!Array.isArray(value) || value.length === 0 || depth === maximumDimensions) return undefined;
  const blocks: NdArray[] = [];
  for (const part of value) {
    const block = toBlock(part) ?? stackBlocks(part, depth + 1);
    if (block === undefined || !isAlike(block, blocks[0] ?? block)) return undefined;
    blocks.push(block);
  }
  const [{ type, shape, values }] = blocks as [NdArray];
  if (Array.isArray(values)) {
    return {
      type,
      shape: [blocks.length, ...shape],
      values: blocks.flatMap((block) => block.values as string[]),
    };
  }
  // Not its own constructor: a `Buffer` is made in other ways.
  const Type =
    (globalThis as unknown as Record<string, Float64ArrayConstructor>)[nameClass(values)] ?? Float64Array;
  const { length } = values;
  const stacked = new Type(blocks.length * length);
  for (const [index, block] of blocks.entries()) stacked.set(block.values as Float64Array, index * length);
  return { type, shape: [blocks.length, ...shape], values: stacked };
}

function isAlike(one: NdArray, other: NdArray): boolean {
  return (
    one.type === other.type &&
    nameClass(one.values) === nameClass(other.values) &&
    one.values.length === other.values.length &&
    one.shape.join() === other.shape.join()
  );
}

function unpackLists(value: unknown, depth: number): unknown {
  if (!Array.isArray(value) || depth > maximumDimensions) return unpackArray(value);
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index += 1) {
    const part: unknown = value[index];
    const unpacked = typeof part === 'object' ? unpackLists(part, depth + 1) : part;
    if (copy === undefined && unpacked !== part) copy = value.slice(0, index);
    copy?.push(unpacked);
  }
  return copy ?? value;
}

function measureShape(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > maximumDimensions)
      throw createError(`$ has more than ${maximumDimensions} dimensions`);
    if (inner.length === 0) break;
  }
  return shape;
}

function collect(value: unknown, shape: readonly number[], path: string, leaves: unknown[]): void {
  const [length, ...rest] = shape;
  if (length === undefined) {
    leaves.push(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== length) {
    const what = Array.isArray(value) ? `has ${count(value.length, 'element')}` : 'is not a list';
    throw createError(
      `$${path} ${what}, expected a list of ${length} as in the first row: make all rows the same length`,
    );
  }
  // No path for each leaf, of which there may be a million.
  if (rest.length === 0) for (let index = 0; index < length; index += 1) leaves.push(value[index]);
  else
    for (let index = 0; index < length; index += 1) collect(value[index], rest, `${path}[${index}]`, leaves);
}

function packLeaves(leaves: readonly unknown[], shape: readonly number[]): Omit<NdArray, 'shape'> {
  const [first] = leaves;
  const kind = typeof first;
  const wrong = leaves.findIndex((leaf) => typeof leaf !== kind);
  if (wrong !== -1) {
    const place = writePath(wrong, shape);
    throw createError(
      `$${place} is ${describe(leaves[wrong])}, others are ${describe(first)}: send values of one type`,
    );
  }
  if (kind === 'number') return { type: 'float64', values: new Float64Array(leaves as number[]) };
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
