/** Lists what the platform wants to know of each hyperparameter, from the author's schema. */

import { isDeepStrictEqual } from 'node:util';
import { limits } from '@optml/contract/limits';
import * as core from 'zod/v4/core';
import { assertCount, TrainError } from '../errors.ts';
import { chooseReading } from '../hyperparameters/choose-reading.ts';
import { type JsonSchema, resolveReference } from './hyperparameter-schema.ts';
import { type ParameterDomain, readDomain } from './parameter-domain.ts';
import { chooseTuning, type TuningChoice } from './tuning-choice.ts';

export interface HyperparameterFacts extends TuningChoice {
  readonly name: string;
  readonly description: string | undefined;
  /** True when a job without it is refused. */
  readonly required: boolean;
  /** The text that, sent, gives what a job without it gets; `undefined` when no text does. */
  readonly defaultText: string | undefined;
  readonly domain: ParameterDomain;
}

/** Source: EntityDescription in the SageMaker API model of 2017-07-24. */
const descriptionCharacters = 1024;

/**
 * Lists the hyperparameters in the schema's order.
 *
 * @throws TrainError `TRAINING_INVALID` when there are too many, a name is too long, or a `tuning` cannot be meant.
 */
export function listHyperparameters(
  schema: core.$ZodObject,
  jsonSchema: JsonSchema,
): readonly HyperparameterFacts[] {
  const names = Object.keys(schema._zod.def.shape);
  assertWithinLimits(names);
  return names.map((name) => {
    const property = resolveReference(jsonSchema.properties?.[name] ?? {}, jsonSchema);
    const domain = readDomain(property, jsonSchema);
    const field = schema._zod.def.shape[name] as core.$ZodType;
    const absent = core.safeParse(field, undefined);
    return {
      name,
      description: describe(property.description),
      required: !absent.success,
      defaultText: absent.success ? findDefaultText(field, absent.data, property.default) : undefined,
      domain,
      ...chooseTuning(name, property.tuning, domain),
    };
  });
}

function assertWithinLimits(names: readonly string[]): void {
  const { count, nameCharacters } = limits.hyperparameters;
  assertCount('TRAINING_INVALID', 'hyperparameters', names.length, count);
  const long = names.find((name) => name.length > nameCharacters);
  if (long !== undefined) {
    const message = `hyperparameter ${long} has a name of ${long.length} characters: SageMaker allows ${nameCharacters}`;
    throw new TrainError('TRAINING_INVALID', message);
  }
}

/** The API takes no line ends in a description. */
function describe(description: unknown): string | undefined {
  if (typeof description !== 'string' || description.trim() === '') return undefined;
  return description
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, descriptionCharacters);
}

/**
 * A default behind a transform is already transformed, and one that is computed changes: their texts would not
 * mean the same, so only a text that is read back as the default is one.
 */
function findDefaultText(field: core.$ZodType, absent: unknown, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // HyperParameterValue in the API's model has the pattern `.*`, which no line end matches.
  if (text.length > limits.hyperparameters.valueCharacters || /[\r\n]/.test(text)) return undefined;
  const reading = chooseReading(field, text);
  return reading.ok && isDeepStrictEqual(reading.output, absent) ? text : undefined;
}
