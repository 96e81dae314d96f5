/** Describes the routes that operate the server: what the platform, its collector and clients of other protocols ask for. */

import type { OpenInferenceModel } from '../invocation/invocation.ts';
import type { JsonSchema } from './describe-predictor.ts';

type Node = Readonly<Record<string, unknown>>;

/** Which routes a server has besides those that all have. */
export interface OptionalRoutes {
  readonly metrics: boolean;
  readonly openInference?: OpenInferenceModel | undefined;
}

/** Describes the paths besides `/invocations`. */
export function describeRoutes({ metrics, openInference }: OptionalRoutes): Node {
  return {
    '/ping': { get: describePing('ping'), post: describePing('pingByPost') },
    '/execution-parameters': { get: describeExecutionParameters() },
    '/metrics': metrics ? { get: describeMetrics() } : undefined,
    ...(openInference && describeOpenInference(openInference)),
  };
}

function describePing(operationId: string): Node {
  return {
    operationId,
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
  const schema = describeObject({
    MaxConcurrentTransforms: integer,
    BatchStrategy: { enum: ['MULTI_RECORD', 'SINGLE_RECORD'] },
    MaxPayloadInMB: integer,
  });
  return {
    operationId: 'getExecutionParameters',
    tags: ['operation'],
    summary: 'Says how batch transform should send its requests.',
    responses: { 200: describeJson('The parameters.', schema) },
  };
}

function describeMetrics(): Node {
  const content = { 'text/plain': { schema: { type: 'string' } } };
  return {
    operationId: 'getMetrics',
    tags: ['operation'],
    summary: 'Gives the metrics of the server in the text format of Prometheus.',
    responses: { 200: { description: 'The metrics.', content } },
  };
}

/** Source: aws/model-hosting-container-standards, `sagemaker/lora`; the adapters API of DJL Serving. */
export function describeAdapterRoutes(): Node {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const adapter = describeObject({ name: text, src: text, pin: flag });
  const list = describeObject({ adapters: { type: 'array', items: adapter }, nextPageToken: text }, [
    'adapters',
  ]);
  const request = describeObject({ name: text, src: text, preload: flag, pin: flag }, ['name', 'src']);
  const error = { default: describeJson('What is wrong.', { $ref: '#/components/schemas/Error' }) };
  const done = { 200: describeJson('It is done.', describeObject({ status: text })), ...error };
  const describe = (operationId: string, summary: string, responses: Node) => ({
    operationId,
    tags: ['operation'],
    summary,
    responses,
  });
  return {
    '/adapters': {
      get: describe('listAdapters', 'Lists the adapters that requests can name.', {
        200: describeJson('A page.', list),
        ...error,
      }),
      post: {
        ...describe('loadAdapter', 'Loads an adapter, now or, without preload, for its first request.', done),
        requestBody: { required: true, content: { 'application/json': { schema: request } } },
      },
    },
    '/adapters/{name}': {
      parameters: [{ name: 'name', in: 'path', required: true, schema: text }],
      get: describe('getAdapter', 'Says whether requests can name an adapter.', {
        200: describeJson('It is.', { type: 'array', items: adapter }),
        ...error,
      }),
      delete: describe('unloadAdapter', 'Unloads an adapter.', done),
    },
  };
}

/** Source: kserve/open-inference-protocol, `open_inference_rest.yaml`. */
function describeOpenInference({ modelName, modelVersion }: OpenInferenceModel): Node {
  const base = `/v2/models/${encodeURIComponent(modelName)}`;
  return {
    '/v2': { get: describeRead('getServerMetadata', 'Names the server.', []) },
    '/v2/health/live': { get: describeRead('isServerLive', 'Says whether the server runs.', ['live']) },
    '/v2/health/ready': { get: describeRead('isServerReady', 'Says what /ping says.', ['ready']) },
    ...describeModel(base, ''),
    ...(modelVersion && describeModel(`${base}/versions/${encodeURIComponent(modelVersion)}`, 'Version')),
  };
}

function describeModel(base: string, suffix: string): Node {
  return {
    [base]: { get: describeRead(`getModel${suffix}Metadata`, 'Names the model.', []) },
    [`${base}/ready`]: { get: describeRead(`isModel${suffix}Ready`, 'Says what /ping says.', ['ready']) },
    [`${base}/infer`]: { post: describeInfer(`infer${suffix}`) },
  };
}

/** @param flags what the reply says yes or no to; a 503 says no to one of them. */
function describeRead(operationId: string, summary: string, flags: readonly string[]): Node {
  const properties = Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' }]));
  const schema = describeObject(properties);
  return {
    operationId,
    tags: ['Open Inference Protocol'],
    summary,
    responses: {
      200: describeJson('The answer.', schema),
      503: flags.includes('ready') ? describeJson('It is not ready.', schema) : undefined,
    },
  };
}

function describeInfer(operationId: string): Node {
  const text = { type: 'string' };
  const tensor = describeObject({
    name: text,
    shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
    datatype: { type: 'string', examples: ['FP64'] },
    data: { type: 'array', description: 'Flat, or nested as the shape says.' },
  });
  const inputs = { type: 'array', items: tensor, minItems: 1 };
  const wanted = { type: 'array', items: describeObject({ name: text }) };
  const request = describeObject({ id: text, inputs, outputs: wanted }, ['inputs']);
  const outputs = { type: 'array', items: tensor };
  const members = { model_name: text, model_version: text, id: text, outputs };
  const reply = describeObject(members, ['model_name', 'outputs']);
  const error = describeObject({ error: text });
  return {
    operationId,
    tags: ['Open Inference Protocol'],
    summary: 'Predicts.',
    requestBody: { required: true, content: { 'application/json': { schema: request } } },
    responses: {
      200: describeJson('The predictions.', reply),
      default: describeJson('What is wrong, with the status that /invocations would have.', error),
    },
  };
}

/** Without `required` all members must be there. */
function describeObject(properties: Node, required: readonly string[] = Object.keys(properties)): JsonSchema {
  return { type: 'object', required, properties };
}

function describeJson(description: string, schema: object): Node {
  return { description, content: { 'application/json': { schema } } };
}
