/** Loads a model in workers: the first one starts before anything else is loaded that it does not need. */

import type { LoadOptions, ModelHandle, ModelSource } from '../model/model-handle.ts';
import { planWorkers } from './plan-workers.ts';
import { startAhead } from './start-ahead.ts';
import type { StartHost } from './worker-host.ts';

/** Starts workers by `start`, and resolves when the first has loaded the model. */
export async function loadInWorkers(
  source: ModelSource,
  options: LoadOptions,
  start: StartHost,
): Promise<ModelHandle> {
  const plan = planWorkers(options);
  const startHost = startAhead(start, { source, maximumHeapMiB: plan.maximumHeapMiB });
  const { loadWorkerPool } = await import('./load-worker-pool.ts');
  return await loadWorkerPool(source, options, { plan, startHost });
}
