/** Answers `/invocations`: from the connection to the model and back. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createErrorReply } from './error-reply.ts';
import { ServeError } from './errors.ts';
import { type Logger, withFields } from './logger.ts';
import type { InvocationReply, InvocationRequest, ModelHandle } from './model-handle.ts';
import { readBody } from './read-body.ts';
import { customAttributesHeader, readRequestHead } from './read-request-head.ts';
import { reportFailure } from './report-failure.ts';
import { writeReply, writeReplyAndClose } from './write-reply.ts';

export interface AnswerInvocationOptions {
  /** Gives the model; throws the reason when there is none. */
  getModel(): ModelHandle;
  readonly maximumBodyBytes: number;
  readonly timeoutMs: number;
  readonly log: Logger;
}

type Head = Omit<InvocationRequest, 'body'>;

/** Answers one request; never rejects. */
export async function answerInvocation(
  request: IncomingMessage,
  response: ServerResponse,
  options: AnswerInvocationOptions,
): Promise<void> {
  const head = readRequestHead(request.headers);
  const headers: Record<string, string> =
    head.customAttributes === undefined ? {} : { [customAttributesHeader]: head.customAttributes };
  try {
    const reply = await invokeModel(request, response, head, options);
    writeReply(response, { ...reply, headers: { ...reply.headers, ...headers } });
  } catch (error) {
    reportFailure(error, withFields(options.log, { requestId: head.requestId }), isAbandoned(error));
    const allow = request.method === 'POST' ? {} : { allow: 'POST' };
    answerError(request, response, createErrorReply(error, { ...headers, ...allow }));
  }
}

async function invokeModel(
  request: IncomingMessage,
  response: ServerResponse,
  head: Head,
  { getModel, maximumBodyBytes, timeoutMs }: AnswerInvocationOptions,
): Promise<InvocationReply> {
  if (request.method !== 'POST') {
    throw new ServeError('METHOD_NOT_ALLOWED', `/invocations does not answer ${request.method}: use POST`);
  }
  const model = getModel();
  const controller = new AbortController();
  let timeout = createSlowBodyError(timeoutMs);
  const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
  const leave = () => controller.abort(new ServeError('CLIENT_LEFT', 'the client left before the reply'));
  response.once('close', leave);
  try {
    const { signal } = controller;
    const body = await readBody(request, { maximumBytes: maximumBodyBytes, signal });
    timeout = createTimeoutError(timeoutMs);
    return await model.invoke({ ...head, body }, signal);
  } finally {
    clearTimeout(timer);
    response.off('close', leave);
  }
}

function createSlowBodyError(timeoutMs: number): ServeError {
  const message = `the body did not arrive within ${timeoutMs} ms: send it faster, or raise invocationTimeoutMs`;
  return new ServeError('BODY_TOO_SLOW', message);
}

function createTimeoutError(timeoutMs: number): ServeError {
  const message = `the prediction took longer than ${timeoutMs} ms: send fewer records at a time, or raise invocationTimeoutMs`;
  return new ServeError('INVOCATION_TIMEOUT', message);
}

/** Nobody reads the reply to a client that is gone. */
function isAbandoned(error: unknown): boolean {
  return error instanceof ServeError && (error.code === 'CLIENT_LEFT' || error.code === 'BODY_INCOMPLETE');
}

/** A body that has not been read to its end makes the connection useless for a next request. */
function answerError(request: IncomingMessage, response: ServerResponse, reply: InvocationReply): void {
  if (request.complete) writeReply(response, reply);
  else writeReplyAndClose(request, response, reply);
}
