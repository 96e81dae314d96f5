/** Loads a model in workers: the first of them starts before anything else is loaded that it does not need. */

import type { LoadModel, LoadOptions, ModelHandle, ModelSource } from '../model/model-handle.ts';
import { planWorkers } from './plan-workers.ts';
import { startAhead } from './start-ahead.ts';
import { startThread } from './start-thread.ts';
import type { StartHost } from './worker-host.ts';

/** Loads a model in threads of this process. */
export const loadInThreads: LoadModel = (source, options) => loadInWorkers(source, options, startThread);

/** Loads a model in processes. */
export const loadInProcesses: LoadModel = async (source, options) => {
  const { startProcess } = await import('./start-process.ts');
  return await loadInWorkers(source, options, startProcess);
};

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
