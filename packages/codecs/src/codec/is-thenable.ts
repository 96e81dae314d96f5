/** Tells promises, which nobody has awaited where one is found in a value. */

/** True for promises of Node's and of libraries. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
