/** Describes a training definition as the plain data that the platform's API and JSON Schema tools take. */

import type { TrainingDefinition } from '../definition/define-training.ts';
import type { TrainingDescription } from './describe-definition.ts';
import type { DescribeOptions } from './training-specification.ts';

/**
 * Describes a definition, or the one that the module at a URL exports; importing a module runs its top level. Of
 * the definition's own code only default values and refinements run.
 *
 * @throws TrainError `METRIC_INVALID` for metrics above the platform's limits (40; names of 255, expressions of
 * 500 characters) or a name that no line can hold; `TRAINING_INVALID` for more than 100 hyperparameters or 20
 * channels, a name that the platform refuses, or a `tuning` that cannot be meant; for a URL also
 * `TRAINING_NOT_FOUND`, `TRAINING_IMPORT_FAILED`, and `TRAINING_INVALID` when it exports no definition.
 *
 * @example
 * ```ts
 * import { defineTraining, describeTraining } from '@optml/train';
 * import { z } from 'zod';
 *
 * const definition = defineTraining({
 *   hyperparameters: z.object({
 *     learning_rate: z.number().min(1e-5).max(1).default(0.1).meta({ tuning: { scaling: 'Logarithmic' } }),
 *     seed: z.number().int().min(0).max(1000).default(0).meta({ tuning: false }),
 *   }),
 *   channels: { training: { contentTypes: ['text/csv'] } },
 *   metrics: { loss: { goal: 'minimize' } },
 *   run() {},
 * });
 * const { metricDefinitions, parameterRanges } = await describeTraining(definition);
 * ```
 */
export async function describeTraining(
  training: TrainingDefinition | URL,
  options: DescribeOptions = {},
): Promise<TrainingDescription> {
  // What it needs loads zod, and the supervisor, which shares this package's entry, is to start without.
  const [{ describeDefinition }, { loadDefinition }] = await Promise.all([
    import('./describe-definition.ts'),
    import('../definition/load-definition.ts'),
  ]);
  const definition = training instanceof URL ? await loadDefinition(training.href) : training;
  return describeDefinition(definition, options);
}
