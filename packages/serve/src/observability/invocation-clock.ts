/** Notes when the steps of an invocation happened, in the thread where the predictor runs. */

/**
 * The times of one invocation, of the clock that all threads share, in milliseconds: when its work began, when its
 * body was decoded, when the prediction began and ended, when the reply was written; 0 for a step that was not
 * reached. Then the size of its batch and its place in it; 0 and 0 without batches. A tuple, for the names of members
 * would be sent to another thread with each.
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

/** A getter that takes longer than the clock itself. */
const { timeOrigin } = performance;

/** Reads the clock that all threads of the process share. */
function readSharedClock(): number {
  return timeOrigin + performance.now();
}

/** One invocation's clock; it starts when it is made. */
export class InvocationClock {
  readonly #beganMs = readSharedClock();
  #decodedMs = 0;
  #predictingMs = 0;
  #predictedMs = 0;
  #encodedMs = 0;
  #batchSize = 0;
  #batchIndex = 0;

  /** The body is decoded and valid; the prediction begins at once, unless it waits for a batch. */
  noteDecoded(): void {
    this.#decodedMs = readSharedClock();
    this.#predictingMs = this.#decodedMs;
  }

  /** The wait for a batch is over. */
  noteBatch(size: number, index: number): void {
    this.#predictingMs = readSharedClock();
    this.#batchSize = size;
    this.#batchIndex = index;
  }

  notePredicted(): void {
    this.#predictedMs = readSharedClock();
  }

  noteEncoded(): void {
    this.#encodedMs = readSharedClock();
  }

  get times(): InvocationTimes {
    return [
      this.#beganMs,
      this.#decodedMs,
      this.#predictingMs,
      this.#predictedMs,
      this.#encodedMs,
      this.#batchSize,
      this.#batchIndex,
    ];
  }
}
