/** Takes what is to be written out of what holds it: elements out of arrays, and what `toJSON` says out of objects. */

import { assertAttached } from '../codec/assert-attached.ts';
import { isThenable } from '../codec/name-foreign.ts';
import { CodecError } from '../errors.ts';
import { isNdArray } from './nd-array.ts';
import { toLists, toNumber } from './to-lists.ts';

/** What a typed array holds. */
type Elements = ArrayLike<number | bigint>;

/**
 * Gives what a value is to every writer of text: the list of the elements of a typed array, the lists of an `NdArray` or
 * its only element, what `toJSON` gives, or the value itself. Integers become numbers, or stay bigints where a double
 * cannot hold them.
 *
 * @throws `CodecError` with `NPY_UNSUPPORTED` for an `NdArray` whose shape is not that of its values, and what `callToJson`
 * and `assertAttached` throw
 */
export function unpackValue(value: unknown, key = ''): unknown {
  const json = callToJson(value, key);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  if (isTypedArray(json)) return listElements(json);
  return isNdArray(json) ? toLists(json, { lossyNumbers: 'bigint' }) : json;
}

/**
 * Gives what `toJSON` of an object gives, as `JSON.stringify` would call it, or the value itself. Typed arrays and
 * `NdArray`s are what they are, and a promise is never what its `toJSON` says.
 *
 * @throws `CodecError` with `JSON_UNENCODABLE` where `toJSON` throws, and for an invalid `Date`
 */
export function callToJson(value: unknown, key = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON !== 'function' || isTypedArray(value) || isNdArray(value) || isThenable(value))
    return value;
  if (isInvalidDate(value))
    throw new CodecError('JSON_UNENCODABLE', 'an invalid Date has no text: send null');
  try {
    return toJSON.call(value, key);
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message.slice(0, 200)}` : '';
    throw new CodecError('JSON_UNENCODABLE', `its toJSON threw${reason}`, { cause });
  }
}

/** True for a `Date` that JSON would write as null. */
export function isInvalidDate(value: object): boolean {
  return value instanceof Date && Number.isNaN(value.getTime());
}

/** True for all typed arrays, also those that Node has only from some release on. */
export function isTypedArray(value: unknown): value is ArrayBufferView & Elements {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function listElements(elements: ArrayBufferView & Elements): (number | bigint)[] {
  assertAttached(elements);
  const isWide = elements instanceof BigInt64Array || elements instanceof BigUint64Array;
  return isWide ? Array.from(elements, toNumber) : Array.from(elements);
}
