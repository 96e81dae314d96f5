/** Loads a model where it is to run. */

import type { Isolation, LoadModel } from '../model/model-handle.ts';
import { loadInProcesses, loadInThreads } from './load-in-workers.ts';

/** Only the one that is used is loaded: the thread that answers HTTP need not know how bodies are read. */
const loaders: Readonly<Record<Isolation, LoadModel>> = {
  worker: loadInThreads,
  process: loadInProcesses,
  inline: async (source, options) => {
    const { loadInlineModel } = await import('../model/inline-model.ts');
    return await loadInlineModel(source, options);
  },
};

/** Gives the function that loads a model with this isolation. */
export function chooseLoader(isolation: Isolation = 'worker'): LoadModel {
  return loaders[isolation];
}
