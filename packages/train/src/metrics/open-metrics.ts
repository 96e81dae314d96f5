/** Opens the metrics of a run: the lines, the file, and the watch over a tuning job's objective. */

import type { Log } from '@optml/contract/log';
import { suggestName } from '../hyperparameters/suggest-name.ts';
import { type MetricsFileOptions, withMetricsFile } from './file-metrics.ts';
import { createMetrics, type MetricDeclarations, type Metrics } from './metrics.ts';

export interface OpenMetricsOptions extends Pick<MetricsFileOptions, 'processId' | 'nowMs'> {
  readonly writeLine: (line: string) => void;
  readonly log: Log;
  /** Undefined where the platform reads no file. */
  readonly directory: string | undefined;
  /** The metric that a tuning job compares. */
  readonly objective: string | undefined;
}

interface WatchedMetrics extends Metrics {
  /** Warns when the objective was not logged; to be called when the run has ended. */
  warnIfMissing(log: Log): void;
}

export function openMetrics(declared: MetricDeclarations, options: OpenMetricsOptions): WatchedMetrics {
  const { writeLine, log, directory, objective, ...file } = options;
  const metrics = createMetrics(declared, writeLine);
  const all =
    directory === undefined
      ? metrics
      : withMetricsFile(metrics, { ...file, directory, warn: (message) => log.warn(message) });
  return watchObjective(all, objective);
}

/** Watches for `objective`, the `_tuning_objective_metric` of a tuning job's training jobs. */
function watchObjective(metrics: Metrics, objective: string | undefined): WatchedMetrics {
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
