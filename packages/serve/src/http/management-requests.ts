/** What the routes that load and unload have in common: small bodies, and answers in JSON. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { ListQuery } from '../models/read-model-request.ts';
import type { Admission } from './admission.ts';
import { receiveBody } from './receive-body.ts';
import { writeEarlyReply, writeReply } from './write-reply.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Asked before each answer: some take minutes. */
  isClosing(): boolean;
}

/** Such a request has a name and a path. */
const maximumBodyBytes = 64 * 1024;

/** Receives the body, and answers what goes wrong with it or with `take`. */
export function receiveBytes(
  exchange: Exchange,
  admission: Admission,
  take: (body: Uint8Array) => Promise<void>,
): void {
  const limits = { maximumBytes: maximumBodyBytes, admission };
  const receiver = receiveBody(exchange.request, limits, (error, body) => {
    const bytes = body as Uint8Array;
    receiver.release();
    if (error === undefined) take(bytes).catch((reason) => answerFailure(reason, exchange));
    else answerFailure(receiver.countBytes() > maximumBodyBytes ? createTooLargeError() : error, exchange);
  });
  exchange.response.once('close', receiver.release);
}

function createTooLargeError(): ServeError {
  const message = `the request to load is larger than ${maximumBodyBytes} bytes: send a name and a path alone`;
  return new ServeError('BODY_TOO_LARGE', message);
}

/** Gives the page that a query asks for, of items in the order of their numbers; the last one has no token. */
export function takePage<Item extends { readonly number: number }>(
  items: readonly Item[],
  { limit, after }: ListQuery,
): { readonly page: readonly Item[]; readonly nextPageToken: string | undefined } {
  const rest = items.filter(({ number }) => number > after);
  const page = rest.slice(0, limit);
  return { page, nextPageToken: rest.length > limit ? String(page.at(-1)?.number) : undefined };
}

export function answerJson({ response, isClosing }: Exchange, value: unknown): void {
  const headers = { 'content-type': 'application/json' };
  closeAfterwards(response, isClosing);
  writeReply(response, { status: 200, headers, body: JSON.stringify(value) });
}

export function answerFailure(error: unknown, { request, response, isClosing }: Exchange): void {
  closeAfterwards(response, isClosing);
  writeEarlyReply(request, response, createErrorReply(error));
}

function closeAfterwards(response: ServerResponse, isClosing: Exchange['isClosing']): void {
  if (isClosing() && !response.headersSent) response.setHeader('connection', 'close');
}
