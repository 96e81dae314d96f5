/** Writes the author's schema as JSON Schema, and finds what a property of it says. */

import * as core from 'zod/v4/core';

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
 */
export function createHyperparameterSchema(schema: core.$ZodObject): JsonSchema {
  const { $schema, ...rest } = core.toJSONSchema(schema, {
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
