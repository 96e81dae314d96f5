/** Mixes the order of a stream without holding all of it. */

import { TrainError } from '../errors.ts';

export interface ShuffleOptions {
  /** A whole number from 0; the same seed gives the same order, so add the epoch to it for another order in each. */
  readonly seed: number;
  /**
   * How many records are held at a time; default 10,000. An order is as good as any other when all fit, else a
   * record moves forward by up to this many places.
   */
  readonly bufferRecords?: number | undefined;
}

/** @throws TrainError `TRAINING_INVALID` for options that cannot be meant. */
export function assertShuffleOptions({ seed, bufferRecords = 1 }: ShuffleOptions): void {
  const check = (name: string, value: number, minimum: number) => {
    if (Number.isSafeInteger(value) && value >= minimum) return;
    const message = `cannot shuffle with ${name} ${value}: expected a whole number from ${minimum}`;
    throw new TrainError('TRAINING_INVALID', message);
  };
  check('seed', seed, 0);
  check('bufferRecords', bufferRecords, 1);
}

/** Yields every item once. */
export async function* shuffleItems<Item>(
  items: AsyncIterable<Item>,
  { seed, bufferRecords = 10_000 }: ShuffleOptions,
): AsyncGenerator<Item> {
  const random = createRandom(seed);
  const held: Item[] = [];
  for await (const item of items) {
    if (held.length < bufferRecords) {
      held.push(item);
      continue;
    }
    const index = Math.floor(random() * held.length);
    yield held[index] as Item;
    held[index] = item;
  }
  while (held.length > 0) {
    const index = Math.floor(random() * held.length);
    yield held[index] as Item;
    const last = held.pop() as Item;
    if (index < held.length) held[index] = last;
  }
}

/** Numbers from 0 to below 1: mulberry32, whose first numbers differ even for seeds that follow one another. */
function createRandom(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
