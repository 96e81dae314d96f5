/** Turns an array into lists within lists, as JSON would have it. */

import { assertAttached } from '../codec/assert-attached.ts';
import { CodecError } from '../errors.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import { countElements, findShapeFault, type NdArray } from './nd-array.ts';

export interface ListOptions {
  /**
   * What becomes of an integer that a double cannot hold (`isLossyNumber`): `refuse`, the default, fails; `text` gives its
   * digits, `bigint` the integer as it is.
   */
  readonly lossyNumbers?: 'refuse' | 'text' | 'bigint' | undefined;
}

/** Lists may take more memory than elements do: as many as these are always made. */
const freeLists = 65_536;

/**
 * Gives the element of an array without dimensions, else lists of lists of elements: booleans of `bool`, numbers of
 * all other numbers, and text.
 *
 * @throws `CodecError` with `NUMBER_LOSSY`; with `NPY_UNSUPPORTED` for a shape that is not that of the values, and for
 * one of few elements in very many lists
 */
export function toLists(array: NdArray, { lossyNumbers = 'refuse' }: ListOptions = {}): unknown {
  const { shape } = array;
  const fault = findShapeFault(array);
  if (fault !== undefined) throw new CodecError('NPY_UNSUPPORTED', `reading the array: ${fault}`);
  if (ArrayBuffer.isView(array.values)) assertAttached(array.values, 'NPY_UNSUPPORTED');
  assertFewLists(shape);
  let next = 0;
  const read = createElementReader(array, lossyNumbers);
  const build = (axis: number): unknown => {
    if (axis === shape.length) return read(next++);
    const list: unknown[] = [];
    const length = shape[axis] ?? 0;
    for (let index = 0; index < length; index += 1) list.push(build(axis + 1));
    return list;
  };
  return build(0);
}

function createElementReader(
  { type, shape, values }: NdArray,
  lossyNumbers: NonNullable<ListOptions['lossyNumbers']>,
): (index: number) => unknown {
  const elements = values as ArrayLike<unknown>;
  if (type === 'bool') return (index) => elements[index] === 1;
  if (type !== 'int64' && type !== 'uint64') return (index) => elements[index];
  return (index) => {
    const number = toNumber(elements[index] as bigint);
    if (typeof number === 'number' || lossyNumbers === 'bigint') return number;
    if (lossyNumbers === 'text') return String(number);
    const message = `reading the array: element ${index} (from zero) is ${number}, which a number cannot hold exactly: send it as text, or as float64`;
    // The record is the outermost list that the element is in.
    const record = shape.length === 0 ? 0 : Math.floor(index / (values.length / (shape[0] ?? 1)));
    throw new CodecError('NUMBER_LOSSY', message, { record });
  };
}

/** Gives the number that an integer is; the integer itself where a double cannot hold it. */
export function toNumber(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) || !isLossyNumber(String(integer)) ? number : integer;
}

function assertFewLists(shape: readonly number[]): void {
  let lists = 0;
  let product = 1;
  for (const length of shape) {
    lists += product;
    product *= length;
  }
  if (lists <= freeLists + 4 * countElements(shape)) return;
  const message = `reading the array: the shape (${shape.join(', ')}) would need ${lists} lists for ${countElements(shape)} elements`;
  throw new CodecError('NPY_UNSUPPORTED', message);
}
