/** The checkpoints in one folder. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainError } from '../errors.ts';
import { writeFileAtomically } from '../job/write-file-atomically.ts';
import { frameState, readState, verifyState } from './checkpoint-file.ts';
import { isBeingUploaded, removeMarkers } from './upload-markers.ts';

/** One saved state. */
export interface Checkpoint {
  readonly step: number;
  /** The file: a header line, then the state. */
  readonly path: string;
  /** Reads the state. @throws TrainError `CHECKPOINT_DAMAGED` when it is not what was saved. */
  read(): Promise<Buffer>;
}

/**
 * Saves a state, and deletes all but the newest `keep` of the checkpoints up to its step. One that is being uploaded
 * stays as well: deleting it would leave the platform with half of it.
 *
 * @throws TrainError `DISK_FULL`.
 */
export async function saveCheckpoint(
  directory: string,
  step: number,
  state: string | Uint8Array,
  keep: number,
): Promise<Checkpoint> {
  const checkpoint = describeCheckpoint(directory, step);
  try {
    await writeFileAtomically(checkpoint.path, frameState(state));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    const message = `cannot save checkpoint ${checkpoint.path}: no space left on the disk; earlier checkpoints are intact: use a larger volume, or keep fewer checkpoints`;
    throw new TrainError('DISK_FULL', message, { cause });
  }
  if (keep === Number.POSITIVE_INFINITY) return checkpoint;
  const older = (await listSteps(directory)).filter((other) => other <= step);
  for (const other of older.slice(keep)) {
    const { path } = describeCheckpoint(directory, other);
    if (await isBeingUploaded(path)) continue;
    await rm(path, { force: true });
    await removeMarkers(path);
  }
  return checkpoint;
}

// The step is in the name because times do not survive the way through S3.
const namePattern = /^step-(\d{10,})\.checkpoint$/;

function describeCheckpoint(directory: string, step: number): Checkpoint {
  const path = join(directory, `step-${String(step).padStart(10, '0')}.checkpoint`);
  return { step, path, read: () => readState(path) };
}

/** Finds the whole checkpoint of the highest step; `warn` is told of the damaged ones above it. */
export async function findLatestCheckpoint(
  directory: string,
  warn: (message: string) => void,
): Promise<Checkpoint | undefined> {
  for (const step of await listSteps(directory)) {
    const checkpoint = describeCheckpoint(directory, step);
    try {
      await verifyState(checkpoint.path);
      return checkpoint;
    } catch (error) {
      if (!(error instanceof TrainError)) throw error;
      warn(error.message);
    }
  }
  return undefined;
}

/** Lists steps, highest first; markers and half-written files have other names. */
async function listSteps(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const steps = names.flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((left, right) => right - left);
}
