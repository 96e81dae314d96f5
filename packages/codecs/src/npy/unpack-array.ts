/** Takes arrays out of what holds their elements. */

import { isNdArray } from './nd-array.ts';
import { toLists, toNumber } from './to-lists.ts';

/** What a typed array holds. */
type Elements = ArrayLike<number | bigint>;

/**
 * Gives a list of what is a list to every reader of text: the elements of a typed array, the lists of an `NdArray` or its
 * only element. Anything else is given as it is. Integers become numbers, or stay bigints where a double cannot hold them.
 *
 * @throws `CodecError` with `NPY_UNSUPPORTED` for an `NdArray` whose shape is not that of its values
 */
export function unpackArray(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (isTypedArray(value)) return listElements(value);
  return isNdArray(value) ? toLists(value, { lossyNumbers: 'bigint' }) : value;
}

/** True for all typed arrays, also those that Node has only from some release on. */
export function isTypedArray(value: unknown): value is ArrayBufferView & Elements {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function listElements(elements: Elements): (number | bigint)[] {
  const isWide = elements instanceof BigInt64Array || elements instanceof BigUint64Array;
  return isWide ? Array.from(elements, toNumber) : Array.from(elements);
}
