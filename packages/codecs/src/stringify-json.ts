/** Writes JSON that means what the value means: where JSON.stringify would change it silently, this fails. */

import { CodecError } from './errors.ts';

/**
 * Writes one value as JSON on one line. A property that is `undefined` is left out, as in TypeScript an absent
 * one; elsewhere `undefined` is refused, and so are NaN, infinities, bigint, functions, symbols, typed arrays,
 * Map and Set, which JSON.stringify writes as `null` or as an object they are not.
 *
 * @throws `CodecError` with `JSON_UNENCODABLE`, naming the path of the fault
 */
export function stringifyJson(value: unknown, record?: number): string {
  const facts = record === undefined ? {} : { record };
  const name = record === undefined ? 'writing json' : `writing json: item ${record} (from zero)`;
  let fault: Fault | undefined;
  try {
    fault = findFault(value, '');
    if (fault === undefined) return JSON.stringify(value);
  } catch (cause) {
    const what =
      cause instanceof RangeError ? 'is nested too deeply or refers to itself' : 'cannot be written';
    throw new CodecError('JSON_UNENCODABLE', `${name}: the value ${what}`, { ...facts, cause });
  }
  const message = `${name}: $${fault.path} is ${fault.what}, which JSON cannot hold: ${fault.advice}`;
  throw new CodecError('JSON_UNENCODABLE', message, facts);
}

interface Fault {
  readonly path: string;
  readonly what: string;
  readonly advice: string;
}

function findFault(value: unknown, key: string): Fault | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : createNumberFault(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'object') return createTypeFault(value);
  if (Array.isArray(value)) return findFaultInArray(value);
  const container = findContainerFault(value);
  if (container !== undefined) return container;
  if ('toJSON' in value && typeof value.toJSON === 'function') return findFaultInJson(value.toJSON(key));
  return findFaultInObject(value);
}

function createNumberFault(value: number): Fault {
  return { path: '', what: String(value), advice: 'send null or a finite number' };
}

function createTypeFault(value: unknown): Fault {
  const what = value === undefined ? 'undefined' : `a ${typeof value}`;
  return { path: '', what, advice: typeof value === 'bigint' ? 'send a string or a number' : 'send null' };
}

function findFaultInArray(values: readonly unknown[]): Fault | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const fault = findFault(values[index], String(index));
    if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` };
  }
  return undefined;
}

function findContainerFault(value: object): Fault | undefined {
  const isForeign =
    ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Map || value instanceof Set;
  if (!isForeign) return undefined;
  return { path: '', what: `a ${value.constructor.name}`, advice: 'send an array or a plain object' };
}

/** What toJSON returns is written as it is: JSON.stringify does not ask it for toJSON again. */
function findFaultInJson(value: unknown): Fault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return findFault(value, '');
  return findContainerFault(value) ?? findFaultInObject(value);
}

function findFaultInObject(value: object): Fault | undefined {
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const fault = findFault(member, key);
    if (fault !== undefined) return { ...fault, path: `${writeKey(key)}${fault.path}` };
  }
  return undefined;
}

function writeKey(key: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
