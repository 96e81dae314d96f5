/** Opens the metrics of a run: the lines, the file, and the watch over a tuning job's objective. */

import type { Log } from '@optml/contract/log';
import { type MetricsFileOptions, withMetricsFile } from './file-metrics.ts';
import { createMetrics, type MetricDeclarations } from './metrics.ts';
import { type WatchedMetrics, watchObjective } from './watch-objective.ts';

export interface OpenMetricsOptions extends Pick<MetricsFileOptions, 'processId' | 'nowMs'> {
  readonly writeLine: (line: string) => void;
  readonly log: Log;
  /** Undefined where the platform reads no file. */
  readonly directory: string | undefined;
  /** The metric that a tuning job compares. */
  readonly objective: string | undefined;
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
