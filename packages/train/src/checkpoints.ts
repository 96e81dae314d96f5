/** Checkpoints: numbered by step, written atomically, found again after the platform restored them. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainError } from './errors.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** One saved state. */
export interface Checkpoint {
  readonly step: number;
  readonly path: string;
  read(): Promise<Buffer>;
}

/** The checkpoints of this job; the platform copies them to S3 while training goes on, and back after an interruption. */
export interface Checkpoints {
  /** False when the job was made without a CheckpointConfig: what is saved then stays on the host. */
  readonly synchronized: boolean;
  readonly directory: string;
  /**
   * Saves a state under its step, a whole number from 0.
   *
   * @throws TrainError `CHECKPOINT_INVALID` for any other step.
   */
  save(step: number, state: string | Uint8Array): Promise<Checkpoint>;
  /** Finds the checkpoint of the highest step; `undefined` on a first start. */
  latest(): Promise<Checkpoint | undefined>;
}

// The step is in the name because times do not survive the way through S3.
const namePattern = /^step-(\d+)\.checkpoint$/;

export function createCheckpoints(directory: string, synchronized: boolean): Checkpoints {
  const describe = (step: number): Checkpoint => {
    const path = join(directory, `step-${String(step).padStart(10, '0')}.checkpoint`);
    return { step, path, read: () => readFile(path) };
  };
  return {
    synchronized,
    directory,
    async save(step, state) {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new TrainError(
          'CHECKPOINT_INVALID',
          `checkpoint step is ${step}: expected a whole number from 0`,
        );
      }
      const checkpoint = describe(step);
      await writeFileAtomically(checkpoint.path, state);
      return checkpoint;
    },
    async latest() {
      const steps = (await listNames(directory))
        .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
        .map(Number);
      return steps.length === 0 ? undefined : describe(Math.max(...steps));
    },
  };
}

async function listNames(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
