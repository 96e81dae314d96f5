/** Recognises predictions that come item by item, and opens them. */

/** A prediction that comes item by item. */
export type Stream<Item = unknown> = AsyncIterable<Item> | Generator<Item>;

/** True for a generator function, asynchronous or not. */
export function isGenerator(value: unknown): boolean {
  return typeof value === 'function' && /GeneratorFunction\]$/.test(Object.prototype.toString.call(value));
}

/** True for an asynchronous iterable, and for what a generator function returns. */
export function isStream(value: unknown): value is Stream {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return Symbol.asyncIterator in value || Object.prototype.isPrototypeOf.call(generatorPrototype, value);
  } catch {
    // A proxy may throw at any look.
    return false;
  }
}

/** Of what synchronous generator functions return; a look at it runs no code of the author's. */
const generatorPrototype = Object.getPrototypeOf(function* () {}).prototype;

/** Gives the iterator of either. */
export function openSource(source: Stream): AsyncIterator<unknown> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : toAsync(source);
}

async function* toAsync(items: Generator<unknown>): AsyncGenerator<unknown> {
  yield* items;
}
