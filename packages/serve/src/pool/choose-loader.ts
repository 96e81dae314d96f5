/** Loads a model where it is to run: the first worker starts before anything else is loaded that it does not need. */

import type { Isolation, LoadModel, LoadOptions, ModelHandle, ModelSource } from '../model/model-handle.ts';
import { planWorkers } from './plan-workers.ts';
import { startAhead } from './start-ahead.ts';
import { startThread } from './start-thread.ts';
import type { StartHost } from './worker-host.ts';

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

async function loadInWorkers(
  source: ModelSource,
  options: LoadOptions,
  start: StartHost,
): Promise<ModelHandle> {
  const plan = planWorkers(options);
  const startHost = startAhead(start, { source, maximumHeapMiB: plan.maximumHeapMiB });
  const { loadWorkerPool } = await import('./load-worker-pool.ts');
  return await loadWorkerPool(source, options, { plan, startHost });
}
