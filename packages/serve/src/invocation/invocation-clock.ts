/** Notes when the steps of an invocation happened, in the thread or process where the predictor runs. */

import process from 'node:process';

/**
 * The times of one invocation, of the clock that all threads and processes share, in milliseconds: when its work began, when its
 * body was decoded, when the prediction began and ended, when the reply was written; 0 for a step that was not
 * reached. Then the size of its batch and its place in it; 0 and 0 without batches.
 */
export type InvocationTimes = readonly [
  beganMs: number,
  decodedMs: number,
  predictingMs: number,
  predictedMs: number,
  encodedMs: number,
  batchSize: number,
  batchIndex: number,
];

/** How many numbers they are. */
export const timesLength = 7;

let clockOriginMs: number | undefined;

/**
 * When this thread's clock began, by the one that all threads and processes of the machine share, in milliseconds. Of the
 * wall clock, which `performance.timeOrigin` is of, two processes may have different opinions. Looked for at its first
 * use: Node takes milliseconds to load `performance`, and a start waits for them.
 */
export function readClockOriginMs(): number {
  clockOriginMs ??= Math.max(...Array.from({ length: 10 }, readOrigin));
  return clockOriginMs;
}

/** Too early by what passes between the two looks, which is long when another process gets the CPU there. */
function readOrigin(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}

/** Reads the clock that all share. */
function readSharedClock(): number {
  return readClockOriginMs() + performance.now();
}

/** One invocation's clock; it starts when it is made. */
export class InvocationClock {
  // In members of its own, each fraction would be an object.
  readonly #times: [...InvocationTimes] = [readSharedClock(), 0, 0, 0, 0, 0, 0];

  /** The body is decoded and valid; the prediction begins at once, unless it waits for a batch. */
  noteDecoded(): void {
    const nowMs = readSharedClock();
    this.#times[1] = nowMs;
    this.#times[2] = nowMs;
  }

  /** The wait for a batch is over. */
  noteBatch(size: number, index: number): void {
    this.#times[2] = readSharedClock();
    this.#times[5] = size;
    this.#times[6] = index;
  }

  notePredicted(): void {
    this.#times[3] = readSharedClock();
  }

  /** A prediction that failed has taken its time, too; steps of which nothing came have none. */
  noteFailed(): void {
    if (this.#times[2] !== 0 && this.#times[3] === 0) this.notePredicted();
  }

  noteEncoded(): void {
    this.#times[4] = readSharedClock();
  }

  get times(): InvocationTimes {
    return this.#times;
  }
}
