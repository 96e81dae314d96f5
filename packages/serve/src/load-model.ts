/** Loads a model where it is to run. */

import type { Isolation, LoadModel } from './model/model-handle.ts';

/** Only the one that is used is loaded: the thread that answers HTTP need not know how bodies are read. */
const loaders: Readonly<Record<Isolation, () => Promise<LoadModel>>> = {
  worker: async () => (await import('./pool/load-worker-pool.ts')).loadInThreads,
  process: async () => (await import('./pool/load-worker-pool.ts')).loadInProcesses,
  inline: async () => (await import('./model/inline-model.ts')).loadInlineModel,
};

/** Gives the function that loads a model with this isolation. */
export function chooseLoader(isolation: Isolation = 'worker'): LoadModel {
  return async (source, options) => {
    const load = await loaders[isolation]();
    return await load(source, options);
  };
}
