/** What a predictor and a server may say of batches. */

/** How requests are gathered for `predictBatch`. */
export interface BatchingOptions {
  /** The most requests of a batch; default 32. */
  readonly maximumSize?: number | undefined;
  /**
   * The longest that a request waits for others while the model has nothing to do; default 5 ms, 0 for never.
   * At low load there is no wait at all.
   */
  readonly maximumDelayMs?: number | undefined;
}
