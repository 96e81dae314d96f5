/** Describes the server in OpenAPI 3.1, whose schemas are those of JSON Schema. */

import { limits } from '@optml/contract';
import type { JsonSchema, PredictorDescription } from './describe-predictor.ts';
import { describeBodies, describeReplies, moveReferences } from './open-api-content.ts';
import { describeErrorSchema, describeErrors } from './open-api-errors.ts';

type Node = Readonly<Record<string, unknown>>;

/** Writes the document of a server with this predictor. */
export function createOpenApiDocument(
  description: PredictorDescription,
  { maximumBodyBytes }: { readonly maximumBodyBytes: number },
): Node {
  const { input, output, example } = description;
  const instances = moveReferences(input, 'Instances');
  return {
    openapi: '3.1.0',
    info: {
      title: typeof input.title === 'string' ? input.title : 'Predictor',
      version: '1',
      description: 'An inference server of Amazon SageMaker, described by the schemas of its predictor.',
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'inference', description: 'What clients ask for.' },
      { name: 'operation', description: 'What the platform asks for.' },
    ],
    paths: {
      '/invocations': { post: describeInvocations(description, maximumBodyBytes) },
      '/ping': { get: describePing() },
      '/execution-parameters': { get: describeExecutionParameters() },
    },
    components: {
      schemas: {
        Instances: example === undefined ? instances : { ...instances, examples: [JSON.parse(example)] },
        Predictions: moveReferences(output, 'Predictions'),
        Error: describeErrorSchema(),
      },
    },
  };
}

function describeInvocations(description: PredictorDescription, maximumBodyBytes: number): Node {
  return {
    operationId: 'invoke',
    tags: ['inference'],
    summary: 'Predicts.',
    description: `A body has at most ${maximumBodyBytes} bytes. The Accept header chooses the type of the reply.`,
    parameters: [
      describeHeader('X-Amzn-SageMaker-Inference-Id', 'The id of the request in the log.', 64),
      describeHeader(
        'X-Amzn-SageMaker-Custom-Attributes',
        'Handed to the predictor and repeated in the reply.',
        limits.customAttributesCharacters,
      ),
    ],
    requestBody: { required: true, content: describeBodies(description) },
    responses: {
      200: {
        description: 'The predictions.',
        headers: {
          'X-Amzn-SageMaker-Custom-Attributes': {
            description: 'Those that the predictor has set, or those of the request.',
            schema: { type: 'string' },
          },
        },
        content: describeReplies(description),
      },
      204: { description: 'The body was empty: there is nothing to predict.' },
      ...describeErrors(),
    },
  };
}

function describeHeader(name: string, description: string, maxLength: number): Node {
  return { name, in: 'header', required: false, description, schema: { type: 'string', maxLength } };
}

function describePing(): Node {
  return {
    operationId: 'ping',
    tags: ['operation'],
    summary: 'Says whether an invocation would succeed now.',
    responses: {
      200: { description: 'It would; the body is empty.' },
      503: { description: 'The model is loading, unhealthy or gone; the body is empty.' },
    },
  };
}

function describeExecutionParameters(): Node {
  const integer = { type: 'integer', minimum: 1 };
  const schema: JsonSchema = {
    type: 'object',
    required: ['MaxConcurrentTransforms', 'BatchStrategy', 'MaxPayloadInMB'],
    properties: {
      MaxConcurrentTransforms: integer,
      BatchStrategy: { enum: ['MULTI_RECORD', 'SINGLE_RECORD'] },
      MaxPayloadInMB: integer,
    },
  };
  return {
    operationId: 'getExecutionParameters',
    tags: ['operation'],
    summary: 'Says how batch transform should send its requests.',
    responses: {
      200: { description: 'The parameters.', content: { 'application/json': { schema } } },
    },
  };
}
