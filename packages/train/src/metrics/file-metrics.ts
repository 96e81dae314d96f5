/** Writes metrics to the file that the platform reads for SageMaker Experiments, beside their lines in the log. */

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Metrics } from './metrics.ts';

export interface MetricsFileOptions {
  /** Where the platform looks, from `SAGEMAKER_METRICS_DIRECTORY`. */
  readonly directory: string;
  /** Every process has a file of its own. */
  readonly processId: number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Hears once when the file cannot be written, which never fails a job. */
  readonly warn: (message: string) => void;
}

/** The form is that of AWS's `smexperiments`, which the platform reads: JSON Lines in `<process id>.json`. */
export function withMetricsFile(metrics: Metrics, options: MetricsFileOptions): Metrics {
  const { directory, processId, nowMs, warn } = options;
  const file = join(directory, `${processId}.json`);
  let state: 'new' | 'open' | 'failed' = 'new';
  const append = (text: string) => {
    if (state === 'failed') return;
    try {
      if (state === 'new') mkdirSync(directory, { recursive: true });
      // At once, because a process that is killed writes nothing later.
      appendFileSync(file, text);
      state = 'open';
    } catch (error) {
      state = 'failed';
      warn(`metrics go to the log only: ${file} cannot be written: ${(error as Error).message}`);
    }
  };
  return {
    log(values, logOptions = {}) {
      metrics.log(values, logOptions);
      const lines = Object.entries(values).map(([name, value]) => {
        if (value === undefined) return '';
        const { step } = logOptions;
        const entry = { MetricName: name, Value: value, Timestamp: nowMs() / 1000, IterationNumber: step };
        return `${JSON.stringify(entry)}\n`;
      });
      append(lines.join(''));
    },
  };
}
