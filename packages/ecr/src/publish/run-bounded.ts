/** Runs work side by side, with no more than so many at a time. */

/** Takes work and runs it when it is its turn. Everything that shares one shares its bound. */
export type Bound = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates a bound; work is begun in the order in which it came. */
export function createBound(most: number): Bound {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place is handed on: a newcomer cannot take it before the one who waits.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * Waits for all of `works` and gives their results. At the first failure the others are told to stop, and the failure
 * is thrown when all have ended: nothing goes on behind the caller's back.
 */
export async function runAll<Item, Result>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  outer?: AbortSignal | undefined,
): Promise<Result[]> {
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
  let failure: { readonly error: unknown } | undefined;
  const settled = await Promise.allSettled(
    items.map(async (item) => {
      try {
        signal.throwIfAborted();
        return await work(item, signal);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
        throw error;
      }
    }),
  );
  if (failure !== undefined) throw failure.error;
  return settled.map((result) => (result as PromiseFulfilledResult<Result>).value);
}
