/** Answers what is not HTTP, or stops in the middle of it, or expects what no server has, in the shape of every other error: Node's own answer has no reason. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';
import type { Duplex } from 'node:stream';
import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import { writeEarlyReply, writeReply } from './write-reply.ts';

/** An import of it would read all of its exports, as `listen.ts` says. */
const { maxHeaderSize, STATUS_CODES } = process.getBuiltinModule('node:http');

/** What Node's parser has found. */
export type ParserError = Error & { readonly code?: string; readonly reason?: string };

/** The last request of a connection. */
export interface LatestRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Says that nothing more of it comes, and why, where it is not the client that has left. */
  leave(reason?: ServeError): void;
  /** Whether there is one who answers then; there is none of an author's route. */
  hasWaiter(): boolean;
}

/** Answers a request whose head was not read; the connection ends with the answer. */
export function answerUnreadable(error: ParserError, socket: Duplex, log: Log): void {
  const reason = explain(error);
  reportFailure(reason, log, false);
  const { status, body } = createErrorReply(reason);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Answers what expects more of a server than that it says when to send the body. */
export function refuseExpectation(request: IncomingMessage, response: ServerResponse, log: Log): void {
  const expectation = String(request.headers.expect).slice(0, 100);
  const header = JSON.stringify(`Expect: ${expectation}`);
  const message = `the request has the header ${header}, which is not supported: send 100-continue, or leave it out`;
  const reason = new ServeError('EXPECTATION_UNSUPPORTED', message);
  reportFailure(reason, log, false);
  response.setHeader('connection', 'close');
  writeEarlyReply(request, response, createErrorReply(reason));
}

/** Ends a connection after the answer to its last request, which is an error where the body of that breaks off. */
export function breakOff(error: ParserError, { request, response, leave, hasWaiter }: LatestRequest): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  // Its head may have said that the connection stays open.
  if (response.writableFinished) request.socket.destroySoon();
  else response.once('finish', () => request.socket.destroySoon());
  if (request.complete) return;
  const isCut = error.code === 'HPE_INVALID_EOF_STATE';
  if (hasWaiter()) leave(isCut ? undefined : explain(error));
  else if (response.headersSent) response.destroy();
  else {
    const reason = isCut ? new ServeError('BODY_INCOMPLETE', 'the body ended early') : explain(error);
    writeReply(response, createErrorReply(reason));
  }
  // An answer that waits for the end of the body need not.
  response.end();
}

function explain({ code, reason, message }: ParserError): ServeError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const text = `the headers are larger than ${maxHeaderSize} bytes: send fewer, or raise the limit by NODE_OPTIONS=--max-http-header-size`;
    return new ServeError('HEADERS_TOO_LARGE', text);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ServeError('HEADERS_TOO_SLOW', 'the headers did not arrive in time: send them at once');
  }
  const text = `the request is not valid HTTP: ${reason ?? message}: send it by an HTTP client, without TLS`;
  return new ServeError('REQUEST_MALFORMED', text);
}
