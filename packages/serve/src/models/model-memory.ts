/** Says whether there is memory for another model, by what is in use now. */

import process from 'node:process';
import { type MemoryUse, readMemoryUse } from '@optml/contract/resources';
import { ServeError } from '../errors/errors.ts';
import type { Isolation } from '../model/model-handle.ts';

/** The part of the memory in use beyond which no load begins: what is left is for the requests. */
const admissionShare = 0.85;
/** The part beyond which loads are ended: shortly after, the kernel would end everything. */
const loadingShare = 0.92;
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
  const readTightest = () => {
    const container = readMemoryUse();
    if (memoryMiB === undefined) return container;
    const own = { limitBytes: memoryMiB * mebibyte, usedBytes: process.memoryUsage.rss() };
    return own.usedBytes / own.limitBytes > container.usedBytes / container.limitBytes ? own : container;
  };
  return {
    /** Gives the reason why no load may begin beside `loading` others, which may not have taken their memory yet. */
    refuse(loading: number): ServeError | undefined {
      const { usedBytes, limitBytes } = readTightest();
      const wantedBytes = startBytes * (loading + 1);
      if (usedBytes + wantedBytes <= limitBytes * admissionShare) return undefined;
      return createShortage({ usedBytes, limitBytes }, `a model begins with ${toMiB(wantedBytes)} MiB`);
    },
    /** Gives the reason to end a load. */
    findShortage(): ServeError | undefined {
      const use = readTightest();
      if (use.usedBytes <= use.limitBytes * loadingShare) return undefined;
      return createShortage(use, 'the rest is for what is loaded');
    },
  };
}

function createShortage({ usedBytes, limitBytes }: MemoryUse, reason: string): ServeError {
  const message = `not enough memory: ${toMiB(usedBytes)} MiB of ${toMiB(limitBytes)} MiB are in use, and ${reason}: unload other models first`;
  return new ServeError('MEMORY_INSUFFICIENT', message);
}

function toMiB(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
