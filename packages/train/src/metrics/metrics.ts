/** Metrics as lines of the log, in the one form that the platform's regular expression is certain to find. */

import { limits } from '@optml/contract/limits';
import { TrainError } from '../errors.ts';
import { suggestName } from '../hyperparameters/suggest-name.ts';
import { formatMetricLine } from './metric-line.ts';

/** What a definition says of its metrics, by name. */
export type MetricDeclarations = Readonly<Record<string, { readonly goal: 'maximize' | 'minimize' }>>;

/** Logs metrics; `step` counts whatever the author counts (epochs, batches). */
export interface Metrics<Name extends string = string> {
  /**
   * Prints one line per metric.
   *
   * @throws TrainError `METRIC_INVALID` for a name that was not declared, a value that is not finite or a step that
   * is not a whole number from 0.
   */
  log(values: { readonly [Key in Name]?: number }, options?: { readonly step?: number | undefined }): void;
}

/** Creates the metrics of a run; `declared` empty means that any name goes. */
export function createMetrics(declared: MetricDeclarations, writeLine: (line: string) => void): Metrics {
  const names = Object.keys(declared);
  return {
    log(values, options = {}) {
      assertStep(options.step);
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        assertLoggable(name, value, names);
        writeLine(formatMetricLine(name, value, options.step));
      }
    },
  };
}

function assertStep(step: number | undefined): void {
  if (step === undefined || (Number.isSafeInteger(step) && step >= 0)) return;
  const message = `cannot log metrics of step ${step}: expected a whole number from 0`;
  throw new TrainError('METRIC_INVALID', message);
}

/** @throws TrainError `METRIC_INVALID` for what cannot be a line of the log; `names` are those declared, if any. */
export function assertLoggable(name: string, value: number, names: readonly string[]): void {
  const fail = (message: string) => new TrainError('METRIC_INVALID', `metric ${name} ${message}`);
  if (names.length > 0 && !names.includes(name)) throw fail(`is not declared: ${suggestName(name, names)}`);
  if (!/^\S+$/.test(name) || name.includes('=') || name.length > limits.metricDefinitions.nameCharacters) {
    throw fail(
      `cannot be logged: a name has 1 to ${limits.metricDefinitions.nameCharacters} characters without spaces or "="`,
    );
  }
  if (!Number.isFinite(value)) throw fail(`is ${value}: the platform accepts only finite numbers`);
}
