/** Makes certain, before a job runs, that the platform will find its metrics. */

import { TrainError } from '../errors.ts';
import { listMetricDefinitions } from './metric-definitions.ts';
import { formatMetricLine } from './metric-line.ts';
import type { MetricDeclarations } from './metrics.ts';

/** Every form that a number can take in a line. */
const samples = [0, 1, 0.9667, -1e-7, 1e21];

/**
 * Compares declared metrics with the platform's limits, and their expressions with their own lines.
 *
 * @throws TrainError `METRIC_INVALID`.
 */
export function assertMetrics(declared: MetricDeclarations): void {
  for (const { Name, Regex } of listMetricDefinitions(declared)) {
    for (const value of samples) {
      const found = new RegExp(Regex).exec(formatMetricLine(Name, value, 1))?.[1];
      if (Number(found) === value) continue;
      const message = `metric ${Name}: the expression ${Regex} finds ${found} where ${value} was logged: choose another name`;
      throw new TrainError('METRIC_INVALID', message);
    }
  }
}
