/** Counts the epochs of a channel in Pipe mode; the count survives a restart of the training process within its job. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../job/write-file-atomically.ts';

export interface EpochCounter {
  /** The epoch to be read next, from 0. */
  next(): Promise<number>;
  /** Marks an epoch as taken: the platform never gives it again. */
  take(epoch: number): Promise<void>;
}

export interface EpochCounterOptions {
  /** Where counts are kept, beside those of AWS's TensorFlow extensions. */
  readonly directory: string;
  /** Tells one job on this tree from the next; without it nothing is kept. */
  readonly runId: string | undefined;
}

/** Creates the counter of one channel. */
export function createEpochCounter(channel: string, { directory, runId }: EpochCounterOptions): EpochCounter {
  const path = join(directory, `${channel}.json`);
  let nextEpoch: number | undefined;
  return {
    async next() {
      nextEpoch ??= runId === undefined ? 0 : await readCount(path, runId);
      return nextEpoch;
    },
    async take(epoch) {
      nextEpoch = epoch + 1;
      if (runId === undefined) return;
      // Where it cannot be kept, the count in memory still serves this process.
      await writeFileAtomically(path, JSON.stringify({ runId, nextEpoch })).catch(() => {});
    },
  };
}

/** What another run left, or what cannot be read, counts as nothing. */
async function readCount(path: string, runId: string): Promise<number> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as { runId?: unknown; nextEpoch?: unknown };
    return kept.runId === runId && Number.isSafeInteger(kept.nextEpoch) ? (kept.nextEpoch as number) : 0;
  } catch {
    return 0;
  }
}
