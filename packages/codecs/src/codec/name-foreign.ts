/** Tells objects that hold what their members do not show. */

/**
 * Gives the name of an object that is not what its members are, such as `a Map` or `a promise`: whatever writes its members
 * would lose it. `undefined` for plain objects, and for those of a class that have members.
 */
export function nameForeign(value: object): string | undefined {
  if (isThenable(value)) return 'a promise';
  const isClosed =
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Date ||
    value instanceof Error ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value);
  if (!isClosed && (isPlainObject(value) || Object.keys(value).length > 0)) return undefined;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name === 'Object') return 'an object of a class, without members';
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** True for the objects of literals and of JSON, those of other contexts included. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** True for promises of Node's and of libraries, which nobody has awaited where one is found in a value. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
