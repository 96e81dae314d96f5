/** Turns lists within lists into one block of elements with a shape. */

import { assertAttached } from '../codec/assert-attached.ts';
import { count } from '../codec/message-parts.ts';
import { CodecError } from '../errors.ts';
import {
  countElements,
  type ElementType,
  type ElementValues,
  findShapeFault,
  isNdArray,
  maximumListed,
  type NdArray,
  numberTypes,
} from './nd-array.ts';
import { callToJson, isTypedArray, unpackValue } from './unpack-value.ts';

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
 * neighbours. Lists of typed arrays, or of `NdArray`s, keep the type and gain a dimension. An object with `toJSON`, such as a
 * `Date`, is what that gives.
 *
 * @throws `CodecError` with `NPY_UNENCODABLE` and the path of the first thing that does not fit, and what `unpackValue` throws
 */
export function toNdArray(given: unknown): NdArray {
  const value = callToJson(given);
  const array = toBlock(value) ?? stackBlocks(value, 0);
  if (array !== undefined) return array;
  const lists = unpackValue(value);
  const shape = measureShape(lists);
  const leaves: unknown[] = [];
  collect(lists, shape, '', leaves);
  return { ...packLeaves(leaves, shape), shape };
}

/** Gives the array of what has its elements in one block already. */
function toBlock(given: unknown): NdArray | undefined {
  const value = callToJson(given);
  if (isNdArray(value)) {
    const fault = findShapeFault(value);
    if (fault !== undefined) throw createError(fault);
    if (ArrayBuffer.isView(value.values)) assertAttached(value.values, 'NPY_UNENCODABLE');
    return value;
  }
  const type = isTypedArray(value) ? typedArrays[nameClass(value)] : undefined;
  if (type === undefined) return undefined;
  assertAttached(value as ArrayBufferView, 'NPY_UNENCODABLE');
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

/** @throws `CodecError` for more elements than could be looked at, which a list with holes may claim to have */
function measureShape(lists: unknown): number[] {
  const shape: number[] = [];
  for (let inner = lists; Array.isArray(inner); inner = unpackValue(inner[0])) {
    shape.push(inner.length);
    if (shape.length > maximumDimensions)
      throw createError(`$ has more than ${maximumDimensions} dimensions`);
    if (inner.length === 0) break;
  }
  const elements = countElements(shape);
  if (elements <= maximumListed) return shape;
  throw createError(
    `$ has ${elements} elements, more than ${maximumListed} in lists: send a typed array, or fewer`,
  );
}

function collect(list: unknown, shape: readonly number[], path: string, leaves: unknown[]): void {
  const [length, ...rest] = shape;
  const value = unpackValue(list);
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
  if (rest.length === 0) collectLeaves(value, path, leaves);
  else
    for (let index = 0; index < length; index += 1) collect(value[index], rest, `${path}[${index}]`, leaves);
}

function collectLeaves(list: readonly unknown[], path: string, leaves: unknown[]): void {
  for (let index = 0; index < list.length; index += 1) {
    const leaf = list[index];
    // What is missing once is missing often, in a list of nothing but its length.
    if (leaf === undefined)
      throw createError(`$${path}[${index}] is undefined: send a value for each element`);
    leaves.push(typeof leaf === 'object' ? unpackValue(leaf) : leaf);
  }
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
