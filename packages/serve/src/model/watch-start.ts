/** Says in the log what a slow start is busy with: the platform, when it gives up, says only that it has waited. */

import type { Log } from '@optml/contract/log';

/** A part of a start, as it stands in a sentence. */
export type StartStage =
  | 'importing the predictor'
  | 'loading the model'
  | "predicting the predictor's sample";

export type StartWatch = ReturnType<typeof watchStart>;

/**
 * Watches a start, whose first stage is the import. A stage is named when it has lasted for `slowStageMs`, and again each
 * time that twice as much has gone by.
 */
export function watchStart(log: Log, slowStageMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const waitFor = (stage: StartStage, lastedMs: number, delayMs: number) => {
    timer = setTimeout(() => {
      const seconds = (lastedMs + delayMs) / 1_000;
      log.warn(`${stage} is still running after ${seconds} s`);
      waitFor(stage, lastedMs + delayMs, 2 * slowStageMs);
    }, delayMs).unref();
  };
  /** Says that the stage before has ended and this one has begun. */
  const enter = (stage: StartStage) => {
    clearTimeout(timer);
    waitFor(stage, 0, slowStageMs);
  };
  enter('importing the predictor');
  return { enter, stop: () => clearTimeout(timer) };
}
