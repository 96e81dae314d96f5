/** Checkpoints: numbered by step, written atomically, found again after the platform restored them. */

import { join } from 'node:path';
import { TrainError } from '../errors.ts';
import { type Checkpoint, findLatestCheckpoint, saveCheckpoint } from './checkpoint-directory.ts';
import { waitForUpload } from './upload-markers.ts';

/** What a callback of `onStop` gets, and `saveFinally`. */
export interface StopRequest {
  /** Milliseconds until the process is killed. */
  remainingMs(): number;
}

/** Finds checkpoints again. */
export interface CheckpointReader {
  /** Finds the whole checkpoint of the highest step, passing over damaged ones with a warning; `undefined` on a first start. */
  latest(): Promise<Checkpoint | undefined>;
}

export interface SaveOptions {
  /**
   * How many checkpoints to keep, this one included and counted back from its step; default all. What is being
   * uploaded is never deleted.
   */
  readonly keep?: number | undefined;
}

/** The checkpoints of this host; the platform copies them to S3 while training goes on, and back after an interruption. */
export interface Checkpoints extends CheckpointReader {
  /** False when the job was made without a CheckpointConfig: what is saved then stays on the host. */
  readonly synchronized: boolean;
  /** Every host of several has a folder of its own in the one place that all of them share on S3. */
  readonly directory: string;
  /**
   * Saves a state under its step, a whole number from 0. The file is there whole or not at all; saves run one after
   * another, in the order of the calls.
   *
   * @throws TrainError `CHECKPOINT_INVALID` for any other step, `DISK_FULL`; what was saved before stays.
   */
  save(step: number, state: string | Uint8Array, options?: SaveOptions): Promise<Checkpoint>;
  /**
   * Saves, then waits until the platform has uploaded the file, or the time of the stop is over: what is saved in the
   * last moment is otherwise not certain to reach S3. `request` is what a callback of `onStop` gets. Waits for
   * nothing when `synchronized` is false.
   *
   * @throws as `save`.
   */
  saveFinally(
    step: number,
    state: string | Uint8Array,
    request: StopRequest,
    options?: SaveOptions,
  ): Promise<Checkpoint & { readonly isUploaded: boolean }>;
  /** The checkpoints of another host, all of which are restored to every host after an interruption. */
  ofHost(host: string): CheckpointReader;
}

export interface CheckpointsOptions {
  readonly synchronized: boolean;
  /** The hosts of the job, and which of them this is. */
  readonly hosts: readonly string[];
  readonly currentHost: string;
  /** Hears of damaged files. */
  readonly warn: (message: string) => void;
}

/** Creates the checkpoints below `root`. */
export function createCheckpoints(root: string, options: CheckpointsOptions): Checkpoints {
  const { synchronized, hosts, currentHost, warn } = options;
  const directoryOf = (host: string) => (hosts.length > 1 ? join(root, host) : root);
  const directory = directoryOf(currentHost);
  let lastSave: Promise<unknown> = Promise.resolve();

  // A stop may ask for a save of the same file in the middle of another.
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = lastSave.then(work);
    lastSave = result.catch(() => {});
    return result;
  };
  const save: Checkpoints['save'] = async (step, state, { keep = Number.POSITIVE_INFINITY } = {}) => {
    assertSavable(step, keep);
    return inTurn(() => saveCheckpoint(directory, step, state, keep));
  };
  return {
    synchronized,
    directory,
    save,
    async saveFinally(step, state, request, saveOptions) {
      const checkpoint = await save(step, state, saveOptions);
      const isUploaded = synchronized && (await waitForUpload(checkpoint.path, request.remainingMs));
      return { ...checkpoint, isUploaded };
    },
    latest: () => findLatestCheckpoint(directory, warn),
    ofHost: (host) => ({ latest: () => findLatestCheckpoint(directoryOf(host), warn) }),
  };
}

function assertSavable(step: number, keep: number): void {
  const isWhole = (value: number, minimum: number) => Number.isSafeInteger(value) && value >= minimum;
  if (!isWhole(step, 0)) {
    const message = `cannot save a checkpoint of step ${step}: expected a whole number from 0`;
    throw new TrainError('CHECKPOINT_INVALID', message);
  }
  if (keep !== Number.POSITIVE_INFINITY && !isWhole(keep, 1)) {
    const message = `cannot keep ${keep} checkpoints: expected a whole number from 1`;
    throw new TrainError('CHECKPOINT_INVALID', message);
  }
}
