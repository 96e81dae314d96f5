/** Chat completions as OpenAI's clients ask for them: the route, and errors in their shape. */

import type { IncomingMessage } from 'node:http';
import { chatPath } from '../chat-completions/chat-path.ts';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply, cutMessage } from '../invocation/error-reply.ts';
import type { WholeReply } from '../invocation/invocation.ts';
import type { ChatTerms } from '../model/model-handle.ts';
import type { InvocationProtocol } from './answer-invocation.ts';
import { findNamedRoute } from './invoked-route.ts';
import { readPath } from './read-path.ts';

/**
 * True for an invocation whose custom attributes name the route. No list has to allow it: it reaches
 * the predictor alone, which every invocation does.
 */
export function asksForChat(request: IncomingMessage, chat: ChatTerms | undefined): boolean {
  if (chat === undefined) return false;
  const route = findNamedRoute(request);
  return route !== undefined && readPath(route) === chatPath;
}

/** Lists the routes that an invocation may name. */
export function listAllowed(invocable: readonly string[], chat: ChatTerms | undefined): readonly string[] {
  return chat === undefined ? invocable : [...invocable, chatPath];
}

/** How an invocation is read and answered in the words of OpenAI's API. */
export const chatProtocol: InvocationProtocol = {
  assertSupported() {},
  adaptRequest: (request) => ({ ...request, isChat: true }),
  adaptReply(reply) {
    if (reply.status !== 204) return reply.status < 400 ? reply : adaptError(reply);
    const message = 'the body is empty: send a request for chat completions, with messages';
    const { headers } = reply;
    return adaptError(createErrorReply(new ServeError('INPUT_INVALID', message), headers));
  },
};

/** Source: OpenAI's API reference, "Error codes". */
function adaptError(reply: WholeReply): WholeReply {
  if (typeof reply.body !== 'string') return reply;
  const { error } = JSON.parse(reply.body) as { readonly error: ErrorFacts };
  const { message, code, param = null } = error;
  const type = reply.status < 500 ? 'invalid_request_error' : 'server_error';
  const write = (text: string) => JSON.stringify({ error: { message: text, type, code, param } });
  return { ...reply, body: cutMessage(message, write) };
}

interface ErrorFacts {
  readonly message: string;
  readonly code: string;
  readonly param?: string;
}
