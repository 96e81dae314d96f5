/** Says whether there is memory for another model. */

import type { ServeError } from '../errors/errors.ts';
import { createMemoryMeasure } from '../model/memory-measure.ts';
import type { Isolation } from '../model/model-handle.ts';

const mebibyte = 1024 ** 2;
/** What a worker takes before its model: measured, see docs/decisions/worker-per-model.md. */
const workerBytes: Readonly<Record<Isolation, number>> = {
  worker: 24 * mebibyte,
  process: 64 * mebibyte,
  inline: 0,
};

export interface ModelMemoryOptions {
  readonly isolation: Isolation;
  /** How many workers each model has. */
  readonly workers: number;
  /** What this process may use where that is less than the container may; default the container's. */
  readonly memoryMiB?: number | undefined;
}

export type ModelMemory = ReturnType<typeof createModelMemory>;

/** Creates the measure of a server. */
export function createModelMemory({ isolation, workers, memoryMiB }: ModelMemoryOptions) {
  const startBytes = workerBytes[isolation] * workers;
  const measure = createMemoryMeasure({ memoryMiB, advice: 'unload other models first' });
  return {
    /** Gives the reason why no load may begin beside `loading` others, which may not have taken their memory yet. */
    refuse: (loading: number): ServeError | undefined =>
      measure.refuse(startBytes * (loading + 1), 'a model'),
    /** Gives the reason to end a load. */
    findShortage: measure.findShortage,
  };
}
