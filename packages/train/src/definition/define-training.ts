/** What an author writes: hyperparameters, channels, metrics and a `run`, typed end to end. */

import { findMisspelling, isDefinition, markDefinition } from '@optml/contract/definition';
import type { Log } from '@optml/contract/log';
import type * as core from 'zod/v4/core';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Channel } from '../data/channel.ts';
import type { ChannelDeclarations } from '../data/channel-declaration.ts';
import { TrainError } from '../errors.ts';
import { assertMetrics } from '../metrics/assert-metrics.ts';
import type { MetricDeclarations, Metrics } from '../metrics/metrics.ts';
import type { Progress, ProgressOptions } from '../metrics/progress.ts';
import type { StopCallback } from './create-stop.ts';
import type { ModelArtifact } from './model-artifact.ts';

/** The channels of a run: a required one is always there. */
export type Channels<Declarations extends ChannelDeclarations> = {
  readonly [Name in keyof Declarations]: Declarations[Name] extends { readonly required: false }
    ? Channel | undefined
    : Channel;
};

/** Everything that `run` gets. */
export interface TrainingContext<
  Schema extends core.$ZodObject = core.$ZodObject,
  ChannelsDeclared extends ChannelDeclarations = ChannelDeclarations,
  MetricsDeclared extends MetricDeclarations = MetricDeclarations,
> {
  readonly hyperparameters: core.output<Schema>;
  readonly channels: Channels<ChannelsDeclared>;
  readonly model: ModelArtifact;
  readonly checkpoints: Checkpoints;
  readonly metrics: Metrics<keyof MetricsDeclared & string>;
  /**
   * Tells how far long work has come: a bar in a terminal, otherwise a line of the log now and then.
   *
   * @throws TrainError `METRIC_INVALID` for a total that is not a number above 0.
   */
  progress(total: number, options?: ProgressOptions): Progress;
  readonly cluster: Cluster;
  /** Aborts when the platform asks the job to stop; what `run` writes before it returns is kept. */
  readonly signal: AbortSignal;
  /**
   * Registers what to do when the platform asks the job to stop. The job then ends when all callbacks have
   * resolved, without waiting for `run`; one that rejects fails the job.
   */
  onStop(callback: StopCallback): void;
  readonly log: Log;
}

/** A training job as data, and the function that does it. */
export interface TrainingDefinition<
  Schema extends core.$ZodObject = core.$ZodObject,
  ChannelsDeclared extends ChannelDeclarations = ChannelDeclarations,
  MetricsDeclared extends MetricDeclarations = MetricDeclarations,
> {
  /** A `z.object`: plain means that unknown names are errors, `z.looseObject` lets them through. */
  readonly hyperparameters: Schema;
  readonly channels: ChannelsDeclared;
  /** Metrics by name; an empty object lets `metrics.log` take any name. */
  readonly metrics: MetricsDeclared;
  run(context: TrainingContext<Schema, ChannelsDeclared, MetricsDeclared>): void | Promise<void>;
}

/** A global function of this name is called for every definition that is made: a program may turn out to be one. */
export const definedHook = Symbol.for('@optml/train:defined');

/**
 * Defines a training job; the default export of a module that `runTraining` gets by its URL.
 *
 * @throws TrainError `METRIC_INVALID` for metrics above the platform's limits, or that it could not find.
 *
 * @example
 * ```ts
 * import { defineTraining } from '@optml/train';
 * import { z } from 'zod';
 *
 * export default defineTraining({
 *   hyperparameters: z.object({ max_depth: z.number().int().min(1).default(5) }),
 *   channels: { training: { contentTypes: ['text/csv'] }, validation: { required: false } },
 *   metrics: { 'validation:accuracy': { goal: 'maximize' } },
 *   async run({ hyperparameters, channels, model, metrics }) {
 *     let rows = 0;
 *     for await (const row of channels.training.csv()) rows += row.numbers(1).length > 0 ? 1 : 0;
 *     metrics.log({ 'validation:accuracy': 0.97 });
 *     await model.write('model.json', JSON.stringify({ rows, depth: hyperparameters.max_depth }));
 *   },
 * });
 * ```
 */
export function defineTraining<
  Schema extends core.$ZodObject,
  const ChannelsDeclared extends ChannelDeclarations,
  const MetricsDeclared extends MetricDeclarations = Record<never, never>,
>(
  definition: Omit<TrainingDefinition<Schema, ChannelsDeclared, MetricsDeclared>, 'metrics'> & {
    readonly metrics?: MetricsDeclared | undefined;
  },
): TrainingDefinition<Schema, ChannelsDeclared, MetricsDeclared> {
  assertComplete(definition);
  assertMetrics(definition.metrics ?? {});
  (globalThis as { [definedHook]?: (() => void) | undefined })[definedHook]?.();
  return markDefinition('training', {
    ...definition,
    metrics: definition.metrics ?? ({} as MetricsDeclared),
  });
}

/** Types say it too, but not to JavaScript, nor to TypeScript that nobody has checked. */
function assertComplete(definition: Readonly<Record<string, unknown>>): void {
  const { hyperparameters, channels, run } = definition;
  const isSchema = (hyperparameters as core.$ZodType | null | undefined)?._zod?.def.type === 'object';
  const problem = !isSchema
    ? 'hyperparameters is not a z.object({ ... }): use z.object({}) if there are none'
    : typeof channels !== 'object' || channels === null
      ? 'channels is missing: use {} if there are none'
      : typeof run !== 'function'
        ? 'run is not a function'
        : undefined;
  if (problem !== undefined)
    throw new TrainError('TRAINING_INVALID', `the training definition is incomplete: ${problem}`);
  const misspelling = findMisspelling(definition, ['hyperparameters', 'channels', 'metrics', 'run']);
  if (misspelling !== undefined)
    throw new TrainError('TRAINING_INVALID', `the training definition cannot be used: ${misspelling}`);
}

/** Recognises a definition, also one that another copy of this package made. */
export function isTrainingDefinition(value: unknown): value is TrainingDefinition {
  return isDefinition(value, 'training');
}
