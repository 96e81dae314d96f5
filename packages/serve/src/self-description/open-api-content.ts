/** The bodies of requests and replies, by media type. */

import { formType } from '../bodies/form-type.ts';
import type { JsonSchema, PredictorDescription } from './describe-predictor.ts';

type Content = Readonly<Record<string, { readonly schema: JsonSchema } & Readonly<Record<string, unknown>>>>;

const instances = { $ref: '#/components/schemas/Instances' };
const predictions = { $ref: '#/components/schemas/Predictions' };

/** Describes what a request may hold. */
export function describeBodies({ contentTypes, example, takesFiles }: PredictorDescription): Content {
  const value = example === undefined ? undefined : JSON.parse(example);
  const json = {
    schema: { anyOf: [wrap('instances', instances), wrap('inputs', instances), instances] },
    examples: value && { sample: { value: { instances: value } } },
  };
  const form = { schema: instances };
  return { ...(takesFiles && { [formType]: form }), ...describeTypes(contentTypes, json) };
}

/** Describes what a reply may hold: in JSON, a list of predictions is wrapped. */
export function describeReplies(description: PredictorDescription): Content {
  const { contentTypes, output, streamTypes } = description;
  if (streamTypes !== undefined) return describeStream(description, streamTypes);
  const wrapped = wrap('predictions', predictions);
  if (output.type === 'array') return describeTypes(contentTypes, { schema: wrapped });
  const schema = output.type === undefined ? { anyOf: [wrapped, predictions] } : predictions;
  return describeTypes(contentTypes, { schema });
}

/** OpenAPI 3.1 cannot say what the lines of a text are: only JSON has a schema. */
function describeStream({ contentTypes }: PredictorDescription, types: readonly string[]): Content {
  const describe = (type: string) => {
    if (type === 'application/json')
      return { schema: wrap('predictions', { type: 'array', items: predictions }) };
    if (type === 'text/event-stream')
      return {
        schema: { type: 'string', description: 'An event for each prediction, as soon as it is there.' },
      };
    const text = contentTypes.find((known) => known.type === type)?.description;
    const description = text === undefined ? undefined : `As soon as it is there: ${text}`;
    return { schema: description === undefined ? {} : { type: 'string', description } };
  };
  return Object.fromEntries(types.map((type) => [type, describe(type)]));
}

function describeTypes(contentTypes: PredictorDescription['contentTypes'], json: Content[string]): Content {
  return Object.fromEntries(
    contentTypes.map(({ type, description }) => {
      if (type === 'application/json') return [type, json];
      return [type, { schema: description === undefined ? {} : { type: 'string', description } }];
    }),
  );
}

function wrap(name: string, schema: JsonSchema): JsonSchema {
  return { type: 'object', required: [name], properties: { [name]: schema }, additionalProperties: false };
}

/** Makes the references of a schema, which count from its own root, those of a document that holds it. */
export function moveReferences(schema: JsonSchema, name: string): JsonSchema {
  const move = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string' && key === '$ref' && value.startsWith('#')) {
      return `#/components/schemas/${name}${value.slice(1)}`;
    }
    if (Array.isArray(value)) return value.map((element) => move(element));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, move(inner, member)]));
  };
  return move(schema) as JsonSchema;
}
