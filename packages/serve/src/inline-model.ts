/** A model in the thread that answers HTTP: no hop, but a busy predictor delays even `/ping`. */

import { describeThrown } from './describe-thrown.ts';
import { invoke } from './invoke.ts';
import { type LoadedPredictor, loadPredictor } from './load-predictor.ts';
import type { LoadModel } from './model-handle.ts';
import { rejectOnAbort } from './reject-on-abort.ts';

/** Loads a model in this thread; nothing is lost here without the whole process, so `onDied` is never called. */
export const loadInlineModel: LoadModel = async (source, { signal, log }) => {
  const { predictor: url, modelDirectory, defaultAccept } = source;
  const predictor = await rejectOnAbort(loadPredictor(url, { modelDirectory, signal, log }), signal);
  return {
    isAlive: () => true,
    invoke: (request, requestSignal) =>
      rejectOnAbort(invoke(predictor, request, { defaultAccept, signal: requestSignal, log }), requestSignal),
    unload: () =>
      unloadPredictor(predictor).catch((error: unknown) =>
        log.error('unloading the model failed', { reason: describeThrown(error) }),
      ),
  };
};

/** Calls the author's `unload`, if there is one. */
async function unloadPredictor({ definition, model }: LoadedPredictor): Promise<void> {
  await definition.unload?.(model);
}
