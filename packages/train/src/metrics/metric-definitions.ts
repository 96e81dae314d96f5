/** Writes the regular expressions with which the platform finds metrics in the log. */

import { limits } from '@optml/contract/limits';
import { assertCount, TrainError } from '../errors.ts';
import { assertLoggable, type MetricDeclarations } from './metrics.ts';

/** Source: MetricDefinition in the SageMaker API model of 2017-07-24. */
export interface MetricDefinition {
  readonly Name: string;
  readonly Regex: string;
}

/**
 * Lists a definition for each declared metric.
 *
 * @throws TrainError `METRIC_INVALID` above the platform's limits, or for a name that no line can hold.
 */
export function listMetricDefinitions(declared: MetricDeclarations): readonly MetricDefinition[] {
  const names = Object.keys(declared);
  const { count, regexCharacters } = limits.metricDefinitions;
  assertCount('METRIC_INVALID', 'metrics', names.length, count);
  return names.map((name) => {
    assertLoggable(name, 0, []);
    const regex = buildMetricRegex(name);
    if (regex.length <= regexCharacters) return { Name: name, Regex: regex };
    const message = `metric ${name} needs a regular expression of ${regex.length} characters: SageMaker allows ${regexCharacters}; shorten the name, or use fewer of \\ ^ $ . | ? * + ( ) [ ] { }`;
    throw new TrainError('METRIC_INVALID', message);
  });
}

/**
 * Builds the expression that finds the metric's line and captures its number, and finds no other metric's.
 *
 * It keeps to what JavaScript, Python, Java and RE2 read alike. The name is held by `[metric] ` and `=`, neither of
 * which a name can contain. There is no `^`: the platform does not say whether it searches line by line, and a
 * launcher may put a host's name in front.
 */
function buildMetricRegex(name: string): string {
  const literal = name.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  return `\\[metric\\] ${literal}=([-+]?[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)`;
}
