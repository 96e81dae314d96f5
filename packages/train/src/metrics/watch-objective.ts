/** Notices when a tuning job waits for a metric that never comes. */

import type { Log } from '@optml/contract/log';
import { suggestName } from '../hyperparameters/suggest-name.ts';
import type { Metrics } from './metrics.ts';

export interface WatchedMetrics extends Metrics {
  /** Warns when the objective was not logged; to be called when the run has ended. */
  warnIfMissing(log: Log): void;
}

/** Watches for `objective`, the `_tuning_objective_metric` of a tuning job's training jobs. */
export function watchObjective(metrics: Metrics, objective: string | undefined): WatchedMetrics {
  const logged = new Set<string>();
  return {
    log(values, options) {
      metrics.log(values, options);
      for (const [name, value] of Object.entries(values)) if (value !== undefined) logged.add(name);
    },
    warnIfMissing(log) {
      if (objective === undefined || logged.has(objective)) return;
      const hint = suggestName(objective, [...logged]);
      log.warn(`the tuning job's objective metric ${objective} was never logged: ${hint}`);
    },
  };
}
