/** Describes the server in OpenAPI 3.1, whose schemas are those of JSON Schema. */

import { limits } from '@optml/contract/limits';
import { chatPath } from '../chat-completions/chat-path.ts';
import type { PredictorDescription } from './describe-predictor.ts';
import { describeChat } from './open-api-chat.ts';
import { describeConnections } from './open-api-connections.ts';
import { describeBodies, describeReplies, moveReferences } from './open-api-content.ts';
import { describeErrorSchema, describeErrors } from './open-api-errors.ts';
import { describeAdapterRoutes, describeRoutes, type OptionalRoutes } from './open-api-routes.ts';

type Node = Readonly<Record<string, unknown>>;

/** What the document says besides what the predictor says. */
export interface DocumentOptions extends OptionalRoutes {
  readonly maximumBodyBytes: number;
}

/** Writes the document of a server with this predictor. */
export function createOpenApiDocument(
  description: PredictorDescription,
  { maximumBodyBytes, ...routes }: DocumentOptions,
): Node {
  const { input, output, example, chat, connections } = description;
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
      ...(routes.openInference === undefined
        ? []
        : [{ name: 'Open Inference Protocol', description: 'The same model in version 2 of the protocol.' }]),
    ],
    paths: {
      ...(connections?.isAlone !== true && {
        '/invocations': {
          post:
            chat?.isAlone === true
              ? describeChat('invoke')
              : describeInvocations(description, maximumBodyBytes),
        },
      }),
      ...(connections && describeConnections(connections.paths)),
      ...(chat && { [chatPath]: { post: describeChat('createChatCompletion') } }),
      ...describeRoutes(routes),
      ...(description.hasAdapters && describeAdapterRoutes()),
    },
    components: {
      schemas: {
        Instances: example === undefined ? instances : { ...instances, examples: [JSON.parse(example)] },
        Predictions: moveReferences(output, 'Predictions'),
        ...(chat && { ChatCompletionsRequest: moveReferences(chat.request, 'ChatCompletionsRequest') }),
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
      ...(description.hasSessions ? [sessionParameter] : []),
      ...(description.hasAdapters ? adapterParameters : []),
    ],
    requestBody: { required: true, content: describeBodies(description) },
    responses: {
      200: {
        description:
          description.streamTypes === undefined
            ? 'The predictions.'
            : 'The predictions, each as soon as it is there. A reply that fails half-way is cut off.',
        headers: {
          'X-Amzn-SageMaker-Custom-Attributes': {
            description: 'Those that the predictor has set, or those of the request.',
            schema: { type: 'string' },
          },
          ...(description.hasSessions && sessionHeaders),
        },
        content: describeReplies(description),
      },
      204: { description: 'The body was empty: there is nothing to predict.' },
      ...describeErrors(),
    },
  };
}

/** Source: `InvokeEndpoint`, `SessionId`, `NewSessionId`, `ClosedSessionId`. */
const sessionParameter = describeHeader(
  'X-Amzn-SageMaker-Session-Id',
  'The session of the request; NEW_SESSION opens one. The body {"requestType": "CLOSE"} closes it.',
  256,
);

const adapterParameters = [
  describeHeader('X-Amzn-SageMaker-Adapter-Identifier', 'The adapter to predict with.', 1_024),
  describeHeader('X-Amzn-SageMaker-Adapter-Alias', 'What else the client calls it.', 1_024),
];

const sessionHeaders: Node = {
  'X-Amzn-SageMaker-New-Session-Id': {
    description: 'The id of the session that the request has opened, and when it expires.',
    schema: {
      type: 'string',
      examples: ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff; Expires=2026-01-31T12:00:00Z'],
    },
  },
  'X-Amzn-SageMaker-Closed-Session-Id': {
    description: 'The id of the session that the request has closed.',
    schema: { type: 'string' },
  },
};

function describeHeader(name: string, description: string, maxLength: number): Node {
  return { name, in: 'header', required: false, description, schema: { type: 'string', maxLength } };
}
