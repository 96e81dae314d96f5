/** Makes certain, before a job runs, that the platform will find its metrics. */

import { type JobProblem, TrainError } from '../errors.ts';
import { listMetricDefinitions } from './metric-definitions.ts';
import { formatMetricLine } from './metric-line.ts';
import type { MetricDeclarations } from './metrics.ts';

/** Every form that a number can take in a line. */
const samples = [0, 1, 0.9667, -1e-7, 1e21];

/** Finds what is wrong with declared metrics: the platform's limits, and expressions that miss their own lines. */
export function findMetricProblem(declared: MetricDeclarations): JobProblem | undefined {
  try {
    for (const { Name, Regex } of listMetricDefinitions(declared)) assertFinds(Name, Regex);
    return undefined;
  } catch (error) {
    if (!(error instanceof TrainError)) throw error;
    return { code: error.code, message: error.message };
  }
}

function assertFinds(name: string, regex: string): void {
  const expression = new RegExp(regex);
  for (const value of samples) {
    const found = expression.exec(formatMetricLine(name, value, 1))?.[1];
    if (Number(found) === value) continue;
    throw new TrainError(
      'METRIC_INVALID',
      `metric ${name}: the expression ${regex} finds ${found} where ${value} was logged: choose another name`,
    );
  }
}
