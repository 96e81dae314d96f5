import type { Prediction } from '../predictor/prediction.ts';

/** An invocation that waits for its batch. */
export interface BatchItem extends Prediction {
  readonly arrivedMs: number;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}
