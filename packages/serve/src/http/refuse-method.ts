/** Refuses methods that a route does not have. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import { writeReply } from './write-reply.ts';

/** Answers 405 and gives true for a request whose method is not one of `methods`. */
export function refuseMethod(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[] = ['GET', 'HEAD'],
): boolean {
  if (methods.includes(request.method ?? '')) return false;
  const allow = methods.join(', ');
  const message = `${path} does not answer ${request.method}: use ${allow}`;
  writeReply(response, createErrorReply(new ServeError('METHOD_NOT_ALLOWED', message), { allow }));
  return true;
}
