/** Keeps count of workers that do not end: threads in native calls that may never return. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@optml/contract/log';
import type { PoolWorker } from './pool-worker.ts';

export type LostWorkers = ReturnType<typeof createLostWorkers>;

export interface LostWorkersOptions {
  /** How many workers there should be. */
  readonly count: number;
  /** False when the memory would not hold another worker beside those that are lost. */
  hasMemory(): boolean;
  readonly log: Log;
}

/** A single one is no reason to replace the server where there is a single worker. */
const fewestTooMany = 2;
const lookMs = 200;
/** What helps against workers that do not end. */
export const lostAdvice =
  "a native call does not return: with isolation: 'process' (OPTML_ISOLATION=process) a worker ends in the middle of it";

export function createLostWorkers({ count, hasMemory, log }: LostWorkersOptions) {
  const lost = new Set<PoolWorker>();
  const tooMany = Math.max(fewestTooMany, count);
  const remove = (worker: PoolWorker) => {
    lost.delete(worker);
    log.info('a lost worker has ended', { lostWorkers: lost.size });
  };
  return {
    get size(): number {
      return lost.size;
    },
    /** True when there are so many that the server is to be replaced. */
    get isTooMany(): boolean {
      return lost.size >= tooMany;
    },
    /** The most that one of them held that is to end for the memory of all. */
    get heldBytes(): number {
      return Math.max(0, ...Array.from(lost, (worker) => (worker.isTooLarge ? worker.heldBytes : 0)));
    },
    /** Takes in a worker until it is gone. */
    add(worker: PoolWorker, gone: Promise<void>): void {
      lost.add(worker);
      void gone.then(() => remove(worker));
      if (lost.size !== tooMany) return;
      log.error('too many workers are lost: until one of them ends, /ping is 503 and no other is started', {
        lostWorkers: lost.size,
        advice: lostAdvice,
      });
    },
    /** Resolves when another worker may be started; never rejects. */
    async waitForRoom(signal: AbortSignal): Promise<void> {
      let isSaid = false;
      while (lost.size > 0 && !signal.aborted && (lost.size >= tooMany || !hasMemory())) {
        if (lost.size < tooMany && !isSaid) {
          isSaid = true;
          log.warn('the memory has no room for another worker beside those that are lost', {
            lostWorkers: lost.size,
          });
        }
        await wait(lookMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
