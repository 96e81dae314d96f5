/** Writes each form of a description of a definition. */

import type { TrainingDefinition } from '../definition/define-training.ts';
import { listMetricDefinitions, type MetricDefinition } from '../metrics/metric-definitions.ts';
import { describeTrainingJob, type TrainingJob } from './describe-training-job.ts';
import { createHyperparameterSchema, type JsonSchema } from './hyperparameter-schema.ts';
import { listHyperparameters } from './list-hyperparameters.ts';
import { listParameterRanges, type ParameterRanges } from './parameter-ranges.ts';
import {
  type DescribeOptions,
  specifyTraining,
  type TrainingSpecification,
} from './training-specification.ts';

/** A definition in the platform's words; JSON all through. */
export interface TrainingDescription {
  /**
   * JSON Schema (draft 2020-12) of the typed values, before the author's own transforms; the job itself
   * carries each of them as a string.
   */
  readonly hyperparameters: JsonSchema;
  /** In the order of the declarations. */
  readonly metricDefinitions: readonly MetricDefinition[];
  /** Every hyperparameter that a tuning job can search; a tuning job takes up to 30 of each kind. */
  readonly parameterRanges: ParameterRanges;
  /** `undefined` without channels or with more than eight: CreateAlgorithm takes 1 to 8. */
  readonly trainingSpecification: TrainingSpecification | undefined;
  /** A CreateTrainingJob request; what only the job's owner knows is a placeholder in angle brackets. */
  readonly trainingJob: TrainingJob;
}

/**
 * Describes `definition`; runs none of its code but default values and refinements.
 *
 * @throws TrainError `METRIC_INVALID`, `TRAINING_INVALID`.
 */
export function describeDefinition(
  definition: TrainingDefinition,
  options: DescribeOptions = {},
): TrainingDescription {
  const hyperparameters = createHyperparameterSchema(definition.hyperparameters);
  const parameters = listHyperparameters(definition.hyperparameters, hyperparameters);
  const metricDefinitions = listMetricDefinitions(definition.metrics);
  const parts = { definition, parameters, metricDefinitions, options };
  return {
    hyperparameters,
    metricDefinitions,
    parameterRanges: listParameterRanges(parameters),
    trainingSpecification: specifyTraining(parts),
    trainingJob: describeTrainingJob(parts),
  };
}
