/** Turns an array into lists within lists, as JSON would have it. */

import { CodecError } from '../errors.ts';
import { countElements, type NdArray } from './nd-array.ts';

/** Lists may take more memory than elements do: as many as these are always made. */
const freeLists = 65_536;

/**
 * Gives the element of an array without dimensions, else lists of lists of elements: booleans of `bool`, numbers of
 * all other numbers, and text.
 *
 * @throws `CodecError` with `NPY_UNSUPPORTED` for an integer beyond 2^53, which no number holds exactly, and for a shape
 * of few elements in very many lists
 */
export function toLists({ type, shape, values }: NdArray): unknown {
  assertFewLists(shape);
  let next = 0;
  const read = createElementReader({ type, shape, values });
  const build = (axis: number): unknown => {
    if (axis === shape.length) return read(next++);
    const list: unknown[] = [];
    const length = shape[axis] ?? 0;
    for (let index = 0; index < length; index += 1) list.push(build(axis + 1));
    return list;
  };
  return build(0);
}

function createElementReader({ type, shape, values }: NdArray): (index: number) => unknown {
  const elements = values as ArrayLike<unknown>;
  if (type === 'bool') return (index) => elements[index] === 1;
  if (type !== 'int64' && type !== 'uint64') return (index) => elements[index];
  return (index) => {
    const value = elements[index] as bigint;
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    const message = `reading the array: element ${index} (from zero) is ${value}, which no number holds exactly: send it as text, or as float64`;
    // The record is the outermost list that the element is in.
    const record = shape.length === 0 ? 0 : Math.floor(index / (values.length / (shape[0] ?? 1)));
    throw new CodecError('NPY_UNSUPPORTED', message, { record });
  };
}

function assertFewLists(shape: readonly number[]): void {
  let lists = 0;
  let product = 1;
  for (const length of shape) {
    lists += product;
    product *= length;
  }
  if (lists <= freeLists + 4 * countElements(shape)) return;
  const message = `reading the array: the shape (${shape.join(', ')}) takes ${lists} lists for ${countElements(shape)} elements`;
  throw new CodecError('NPY_UNSUPPORTED', message);
}
