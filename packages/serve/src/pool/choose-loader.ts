/** Loads a model where it is to run. */

import type { Isolation, LoadModel } from '../model/model-handle.ts';
import { loadInWorkers } from './load-in-workers.ts';
import { startThread } from './start-thread.ts';

/** Only the one that is used is loaded: the thread that answers HTTP need not know how bodies are read. */
const loaders: Readonly<Record<Isolation, LoadModel>> = {
  worker: (source, options) => loadInWorkers(source, options, startThread),
  process: async (source, options) => {
    const { startProcess } = await import('./start-process.ts');
    return await loadInWorkers(source, options, startProcess);
  },
  inline: async (source, options) => {
    const { loadInlineModel } = await import('../model/inline-model.ts');
    return await loadInlineModel(source, options);
  },
};

/** Gives the function that loads a model with this isolation. */
export function chooseLoader(isolation: Isolation = 'worker'): LoadModel {
  return loaders[isolation];
}
