/** Writes the author's schema as JSON Schema, and finds what a property of it says. */

import type { z } from 'zod';
import { TrainError } from '../errors.ts';

/** A node of a JSON Schema, as much of it as is read here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly $defs?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly $ref?: string | undefined;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
}

/**
 * Creates the JSON Schema of what the author's schema takes in. A type that JSON has not (bigint, date) becomes
 * `{}`. A plain `z.object` refuses unknown names here, as it does in a job.
 *
 * @throws TrainError `TRAINING_INVALID` when the author's zod is too old to write one.
 */
export function createHyperparameterSchema(schema: z.ZodObject): JsonSchema {
  // The schema's own method: an author may have another copy of zod, and this package then loads none.
  if (typeof schema.toJSONSchema !== 'function') {
    throw new TrainError(
      'TRAINING_INVALID',
      'cannot describe the hyperparameters: the zod that made their schema has no toJSONSchema; update zod',
    );
  }
  const { $schema, ...rest } = schema.toJSONSchema({
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
  });
  return { $schema, additionalProperties: false, ...rest } as JsonSchema;
}

/** Follows the references that zod writes for a schema with an `id`; what stands beside one wins. */
export function resolveReference(node: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref, ...own } = node;
  const name = /^#\/\$defs\/(.+)$/.exec($ref ?? '')?.[1];
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target === undefined ? node : { ...resolveReference(target, root), ...own };
}
