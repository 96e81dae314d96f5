/** Says whether there is memory for more, by what is in use now. */

import { type MemoryUse, readMemoryUse, readResidentBytes } from '@optml/contract/resources';
import { ServeError } from '../errors/errors.ts';

/** The part of the memory in use beyond which no load begins: what is left is for the requests. */
const admissionShare = 0.85;
/** The part beyond which loads are ended: shortly after, the kernel would end everything. */
const loadingShare = 0.92;
const mebibyte = 1024 ** 2;

export interface MemoryMeasureOptions {
  /** What this process may use where that is less than the container may; default the container's. */
  readonly memoryMiB?: number | undefined;
  /** What gives memory back, for example `unload other models first`. */
  readonly advice: string;
}

export type MemoryMeasure = ReturnType<typeof createMemoryMeasure>;

/** Creates the measure of a server. */
export function createMemoryMeasure({ memoryMiB, advice }: MemoryMeasureOptions) {
  const readTightest = () => {
    const container = readMemoryUse();
    if (memoryMiB === undefined) return container;
    const own = { limitBytes: memoryMiB * mebibyte, usedBytes: readResidentBytes() };
    return own.usedBytes / own.limitBytes > container.usedBytes / container.limitBytes ? own : container;
  };
  return {
    /** Gives the reason why nothing may begin that takes so many bytes at once; `what` it is, for example `a model`. */
    refuse(wantedBytes: number, what: string): ServeError | undefined {
      const { usedBytes, limitBytes } = readTightest();
      if (usedBytes + wantedBytes <= limitBytes * admissionShare) return undefined;
      const reason =
        wantedBytes === 0
          ? `${what} is loaded only below ${toMiB(limitBytes * admissionShare)} MiB`
          : `${what} begins with ${toMiB(wantedBytes)} MiB`;
      return createShortage({ usedBytes, limitBytes }, reason, advice);
    },
    /** Gives the reason to end a load. */
    findShortage(): ServeError | undefined {
      const use = readTightest();
      if (use.usedBytes <= use.limitBytes * loadingShare) return undefined;
      return createShortage(use, 'the rest is for what is loaded', advice);
    },
  };
}

function createShortage({ usedBytes, limitBytes }: MemoryUse, reason: string, advice: string): ServeError {
  const message = `not enough memory: ${toMiB(usedBytes)} MiB of ${toMiB(limitBytes)} MiB are in use, and ${reason}: ${advice}`;
  return new ServeError('MEMORY_INSUFFICIENT', message);
}

function toMiB(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
