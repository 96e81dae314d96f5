/** Makes of any value what JSON has words for, without a loss. */

import { isThenable, nameForeign } from '../codec/name-foreign.ts';
import { CodecError } from '../errors.ts';
import { isInvalidDate, unpackValue } from '../npy/unpack-value.ts';

/** Where a value cannot be had as JSON, and why. */
export class Fault {
  /** From the whole to the value, as in `[0].score`. */
  readonly path: string;
  /** What the value is; it reads after its path. */
  readonly what: string;
  readonly advice: string;
  readonly cause: unknown;

  constructor(what: string, advice: string, path = '', cause?: unknown) {
    this.what = what;
    this.advice = advice;
    this.path = path;
    this.cause = cause;
  }

  /** Says where in `_container` it was found. */
  within(step: string, _container: object): Fault {
    return new Fault(this.what, this.advice, `${step}${this.path}`, this.cause);
  }
}

/** As deep as JSON is read. */
const maximumDepth = 1_000;

/** Of what is nested too deeply, which mostly holds itself: the way to it tells. */
class DepthFault extends Fault {
  readonly #way: { readonly container: object; readonly step: string }[] = [];

  constructor() {
    super(`is nested deeper than ${maximumDepth} levels`, 'flatten it');
  }

  override within(step: string, container: object): Fault {
    this.#way.push({ container, step });
    return this;
  }

  explain(): Fault {
    const seen = new Set<object>();
    let path = '';
    for (const { container, step } of this.#way.reverse()) {
      if (seen.has(container)) return new Fault('holds itself', 'remove the cycle', path);
      seen.add(container);
      path += step;
    }
    return this;
  }
}

/**
 * Gives the value itself where it is plain, or else a copy with lists in place of typed arrays and `NdArray`s, and with
 * what `toJSON` returns; a `Fault` where there is one. Never throws.
 */
export function toPlain(value: unknown): unknown {
  const plain = convert(value, '', 0);
  return plain instanceof DepthFault ? plain.explain() : plain;
}

function convert(value: unknown, key: string, depth: number): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : createNumberFault(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return createTypeFault(value);
  if (depth > maximumDepth) return new DepthFault();
  try {
    if (!Array.isArray(value) && isInvalidDate(value)) return new Fault('is an invalid Date', 'send null');
    const unpacked = unpackValue(value, key);
    if (Array.isArray(unpacked)) return convertList(unpacked, value, depth);
    if (unpacked !== value) return convertUnpacked(unpacked, value, key, depth);
    const foreign = nameForeign(value);
    if (foreign === undefined) return convertMembers(value, depth);
    return new Fault(`is ${foreign}`, adviseForeign(value));
  } catch (cause) {
    return createReadFault(cause);
  }
}

/** The advice is what most authors mean. */
function adviseForeign(value: object): string {
  if (isThenable(value)) return 'await it, or all of a list with Promise.all';
  if (value instanceof Map) return 'send Object.fromEntries(map), or [...map]';
  if (value instanceof Set) return 'send [...set]';
  const isBytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  return isBytes ? 'send a Uint8Array of it' : 'send an array or a plain object';
}

function createReadFault(cause: unknown): Fault {
  const reason = cause instanceof CodecError ? ` (${cause.message})` : '';
  return new Fault(`fails when it is read${reason}`, 'send plain data', '', cause);
}

function createNumberFault(value: number): Fault {
  return new Fault(`is ${value}`, 'send null or a finite number');
}

function createTypeFault(value: unknown): Fault {
  const isBigint = typeof value === 'bigint';
  const what = value === undefined ? 'undefined' : `a ${typeof value}${isBigint ? ` (${value})` : ''}`;
  return new Fault(`is ${what.slice(0, 60)}`, isBigint ? 'send text' : 'send null');
}

function convertList(values: readonly unknown[], container: object, depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    const plain = typeof value === 'string' ? value : convert(value, '', depth + 1);
    if (plain instanceof Fault) return plain.within(`[${index}]`, container);
    if (copy === undefined && plain !== value) copy = values.slice(0, index);
    copy?.push(plain);
  }
  return copy ?? values;
}

function convertUnpacked(unpacked: unknown, container: object, key: string, depth: number): unknown {
  const plain = convert(unpacked, key, depth + 1);
  return plain instanceof Fault ? plain.within('', container) : plain;
}

function convertMembers(value: object, depth: number): unknown {
  let copy: object | undefined;
  for (const key of Object.keys(value)) {
    let member: unknown;
    try {
      member = (value as Readonly<Record<string, unknown>>)[key];
    } catch (cause) {
      return createReadFault(cause).within(writeKey(key), value);
    }
    if (member === undefined) continue;
    const plain = convert(member, key, depth + 1);
    if (plain instanceof Fault) return plain.within(writeKey(key), value);
    if (plain === member) continue;
    copy ??= { ...value };
    // An assignment would take `__proto__` for a prototype.
    Object.defineProperty(copy, key, { value: plain, enumerable: true, configurable: true, writable: true });
  }
  return copy ?? value;
}

function writeKey(key: string): string {
  if (key.length > 60) return `[${JSON.stringify(`${key.slice(0, 60)}...`)}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
