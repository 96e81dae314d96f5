/** Writes JSON that means what the value means: where JSON.stringify would change it silently, this fails. */

import { CodecError } from '../errors.ts';
import { Fault, toPlain } from './to-plain.ts';

/**
 * Writes one value as JSON on one line: typed arrays and `NdArray`s as lists, at any depth. A property that is `undefined`
 * is left out, as in TypeScript an absent one; elsewhere `undefined` is refused, and so are NaN, infinities, bigint,
 * functions, symbols, Map, Set, errors and whatever else JSON.stringify writes as `null` or as an object it is not.
 *
 * @throws `CodecError` with `JSON_UNENCODABLE`, naming the path of the fault
 */
export function stringifyJson(value: unknown, record?: number): string {
  const plain = toPlain(value);
  if (plain instanceof Fault) {
    throw createError(
      `$${plain.path} ${plain.what}, which JSON cannot hold: ${plain.advice}`,
      record,
      plain.cause,
    );
  }
  try {
    return JSON.stringify(plain);
  } catch (cause) {
    // The longest text that there is, or a getter that throws now and then.
    throw createError('the value is too large for one string: send less', record, cause);
  }
}

function createError(what: string, record: number | undefined, cause: unknown): CodecError {
  const name = record === undefined ? 'writing json' : `writing json: item ${record} (from zero)`;
  const facts = { record, cause };
  return new CodecError('JSON_UNENCODABLE', `${name}: ${what}`, facts);
}
