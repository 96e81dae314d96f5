/** Refuses methods other than GET and HEAD. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import { writeReply } from './write-reply.ts';

/** Answers 405 and gives true for a request that does not only read. */
export function refuseUnlessRead(path: string, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const message = `${path} does not answer ${request.method}: use GET`;
  const error = new ServeError('METHOD_NOT_ALLOWED', message);
  writeReply(response, createErrorReply(error, { allow: 'GET, HEAD' }));
  return true;
}
