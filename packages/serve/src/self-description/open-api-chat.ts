/** Describes chat completions. Source: OpenAI's API reference, "Create chat completion". */

type Node = Readonly<Record<string, unknown>>;

/** Describes a request for them, on whatever path it comes. */
export function describeChat(operationId: string): Node {
  const text = { type: 'string' };
  const error = describeObject({
    error: describeObject({ message: text, type: text, code: text, param: { type: ['string', 'null'] } }),
  });
  return {
    operationId,
    tags: ['inference'],
    summary: 'Completes a chat, as the API of OpenAI does.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/ChatCompletionsRequest' } } },
    },
    responses: {
      200: {
        description: 'The completion; with `stream`, its chunks as events, the last of which is [DONE].',
        content: {
          'application/json': { schema: describeReply('chat.completion') },
          'text/event-stream': { schema: text },
        },
      },
      default: { description: 'What is wrong.', content: { 'application/json': { schema: error } } },
    },
  };
}

function describeReply(object: string): Node {
  const message = describeObject({ role: { const: 'assistant' }, content: { type: ['string', 'null'] } });
  const choice = describeObject({
    index: { const: 0 },
    message,
    finish_reason: { type: 'string' },
  });
  return describeObject({
    id: { type: 'string' },
    object: { const: object },
    created: { type: 'integer' },
    model: { type: 'string' },
    choices: { type: 'array', items: choice },
  });
}

function describeObject(properties: Node): Node {
  return { type: 'object', required: Object.keys(properties), properties };
}
