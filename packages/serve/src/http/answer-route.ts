/** Hands requests to routes of the author's, on their own paths or by the custom attribute of an invocation. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '@optml/contract/log';
import { describeInFull } from '../errors/describe-thrown.ts';
import { ServeError, type ServeErrorCode } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { WholeReply } from '../invocation/invocation.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import { answerError } from './answer-error.ts';
import type { AnswerInvocationOptions } from './answer-invocation.ts';
import { findInvokedRoute } from './invoked-route.ts';
import { readPath } from './read-path.ts';
import { readRequestHead } from './read-request-head.ts';
import { writeReply } from './write-reply.ts';
import { cutReply } from './write-stream.ts';

/** Routes that the platform does not have; calls `next` with nothing, or with what was thrown, where it has no answer. */
export type Routes = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface RouteOptions extends Pick<AnswerInvocationOptions, 'observe' | 'log' | 'sheds'> {
  readonly routes: Routes;
  adviseRoute(path: string): string;
  readonly invocableRoutes: readonly string[];
}

/** Answers an invocation that asks for a route of the author's, and counts it as one; false for any other. */
export function answerInvokedRoute(
  request: IncomingMessage,
  response: ServerResponse,
  options: RouteOptions,
): boolean {
  try {
    const route = findInvokedRoute(request, options.invocableRoutes);
    if (route === undefined) return false;
    const head = readRequestHead(request.headers);
    const record = options.observe(request, head, readPath(route));
    const follow = record && followRoute(request, response, record);
    request.url = route;
    answerRoute(request, response, { ...options, requestId: head.requestId, onFailed: follow });
  } catch (error) {
    const head = readRequestHead(request.headers);
    const record = options.observe(request, head, '/invocations');
    answerError(error, { request, response, head, record, options });
  }
  return true;
}

/** Ends the record when the route has answered; gives what takes in the code of its failure. Bytes are those of the connection. */
function followRoute(request: IncomingMessage, response: ServerResponse, record: InvocationRecord) {
  const { socket } = request;
  const { bytesRead, bytesWritten } = socket;
  let errorCode: ServeErrorCode | undefined;
  response.once('close', () => {
    const hasLeft = errorCode === undefined && !response.writableFinished;
    const status = hasLeft && !response.headersSent ? 499 : response.statusCode;
    record.requestBytes = Number(request.headers['content-length'] ?? socket.bytesRead - bytesRead);
    record.endStream(
      { status, errorCode: hasLeft ? 'CLIENT_LEFT' : errorCode },
      socket.bytesWritten - bytesWritten,
    );
  });
  return (code: ServeErrorCode) => {
    errorCode = code;
  };
}

interface AnswerRouteOptions {
  readonly routes: Routes;
  readonly log: Log;
  /** Says what to do for a path without a route. */
  adviseRoute(path: string): string;
  /** Default that of the request's headers. */
  readonly requestId?: string | undefined;
  /** What is answered where there is no route; default 404. */
  readonly missing?: WholeReply | undefined;
  readonly onFailed?: ((code: ServeErrorCode) => void) | undefined;
}

/** What no route of the author's takes is answered in the shape of every other error. */
export function answerRoute(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, log, adviseRoute, requestId, missing, onFailed }: AnswerRouteOptions,
): void {
  const fail = (error: ServeError) => {
    onFailed?.(error.code);
    if (response.headersSent) cutReply(response);
    else writeReply(response, createErrorReply(error));
  };
  routes(request, response, (error) => {
    if ((error === undefined || error === null) && missing !== undefined) writeReply(response, missing);
    else if (error === undefined || error === null) {
      const path = readPath(request.url ?? '');
      const message = `there is no route ${request.method} ${path}: ${adviseRoute(path)}`;
      fail(new ServeError('ROUTE_NOT_FOUND', message));
    } else {
      const { requestId: id } = requestId === undefined ? readRequestHead(request.headers) : { requestId };
      log.error('a route failed', { requestId: id, path: request.url, stack: describeInFull(error) });
      fail(new ServeError('INTERNAL', 'the route failed: the log says why', { cause: error }));
    }
  });
}
