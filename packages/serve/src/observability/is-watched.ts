/** Tells, before anything that watches is loaded, whether there will be something to watch. */

import { isTraced } from './load-trace-api.ts';
import type { ObservabilityOptions } from './observability-options.ts';

/** True when workers are to say when the steps of an invocation happened. A tracer is registered before the server listens. */
export function isWatched({ metrics = true, embeddedMetrics, accessLog }: ObservabilityOptions): boolean {
  return metrics || embeddedMetrics !== undefined || accessLog !== undefined || isTraced();
}
