/** Brings a predictor to where it answers, in the thread or process where the user code runs. */

import type { Logger } from '../logger.ts';
import type { ModelSource } from '../model-handle.ts';
import { loadRunInTrace } from '../observability/run-in-trace.ts';
import { describePredictor, type PredictorDescription } from '../self-description/describe-predictor.ts';
import type { StartStage } from '../watch-start.ts';
import { type HookedDefinition, hooked } from './hooks.ts';
import { createInvoker, type Invoke } from './invoker.ts';
import { importPredictor, type LoadedPredictor, loadPredictor } from './load-predictor.ts';
import { createMediaTypes } from './media-types.ts';
import { warmUp } from './warm-up.ts';

/** A predictor that answers. */
export interface StartedPredictor {
  readonly predictor: LoadedPredictor;
  readonly invoke: Invoke;
  readonly description: PredictorDescription;
}

export interface StartOptions {
  /** Aborts a load that nobody waits for any more. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Called when what comes after the import begins. */
  onStage(stage: StartStage): void;
}

/**
 * Imports the module, loads the model and predicts the sample.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED`, `PREDICTOR_INVALID`, `DEFAULT_ACCEPT_INVALID`,
 * `MODEL_LOAD_FAILED` or `WARM_UP_FAILED`.
 */
export async function startPredictor(
  { predictor: url, modelDirectory, defaultAccept, isTimed }: ModelSource,
  { signal, log, onStage }: StartOptions,
): Promise<StartedPredictor> {
  const definition: HookedDefinition = await importPredictor(url);
  // Before the model is loaded, which may take minutes.
  const areRepliesHooked = definition[hooked]?.ownsOutput === true;
  const mediaTypes = createMediaTypes(definition.codecs, { defaultAccept, areRepliesHooked });
  onStage('loading the model');
  const predictor = await loadPredictor(definition, { modelDirectory, signal, log });
  const runInTrace = await loadRunInTrace();
  const invoke = createInvoker(predictor, { mediaTypes, isTimed, runInTrace, log });
  onStage("predicting the predictor's sample");
  await warmUp(predictor, invoke);
  return { predictor, invoke, description: describePredictor(predictor, log) };
}
