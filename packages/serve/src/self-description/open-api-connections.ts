/** Describes WebSocket connections, as far as OpenAPI has words for them: the request that opens one. */

type Node = Readonly<Record<string, unknown>>;

/** Describes the paths at which they are opened. */
export function describeConnections(paths: readonly string[]): Node {
  return Object.fromEntries(paths.map((path) => [path, { get: describeOpening(path) }]));
}

function describeOpening(path: string): Node {
  const schema = { $ref: '#/components/schemas/Error' };
  return {
    operationId: `converse${path.replace(/\W+/g, '_')}`,
    tags: ['inference'],
    summary: 'Opens a WebSocket connection, on which the client and the predictor send each other messages.',
    responses: {
      101: { description: 'The connection is open.' },
      default: { description: 'Why it is not.', content: { 'application/json': { schema } } },
    },
  };
}
