/** Answers an invocation with an error. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, withFields } from '@optml/contract/log';
import { isKnownError, ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { RequestHead, WholeReply } from '../invocation/invocation.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import { acceptEncoding } from './content-encoding.ts';
import { repeatAttributes } from './read-request-head.ts';
import type { ShedReports } from './shed-reports.ts';
import { writeEarlyReply } from './write-reply.ts';

export interface Failed {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly record: InvocationRecord | undefined;
  readonly options: {
    readonly protocol?: { adaptReply(reply: WholeReply): WholeReply } | undefined;
    readonly log: Log;
    readonly sheds: ShedReports;
  };
}

interface CutReply {
  readonly head: RequestHead;
  readonly options: { readonly log: Log };
}

/** Says in the log what went wrong, and answers with it. */
export function answerError(error: unknown, failed: Failed): void {
  const { request, head, options } = failed;
  const { requestId } = head;
  const log = withFields(options.log, { requestId });
  if (!options.sheds.take(error, requestId)) reportFailure(error, log, isAbandoned(error));
  const allow = request.method === 'POST' ? undefined : 'POST';
  answerFailure(createErrorReply(error, { allow, 'accept-encoding': acceptEncoding(error) }), failed);
}

/** Answers with an error that the log has already. */
export function answerFailure(
  failure: WholeReply,
  { request, response, head, record, options }: Failed,
): void {
  const plain = repeatAttributes(head, failure);
  const reply = options.protocol?.adaptReply(plain) ?? plain;
  writeEarlyReply(request, response, reply);
  record?.end({ ...reply, errorCode: failure.errorCode, times: failure.times }, performance.now());
}

/** Says in the log why a reply that had begun is cut off, and gives the code of the error. */
export function reportCut(error: unknown, replyBytes: number, { head, options }: CutReply): string {
  const { requestId } = head;
  reportFailure(error, withFields(options.log, { requestId, replyBytes }), isAbandoned(error));
  return isKnownError(error) ? error.code : 'INTERNAL';
}

/** Nobody reads the reply to a client that is gone. */
function isAbandoned(error: unknown): boolean {
  return error instanceof ServeError && (error.code === 'CLIENT_LEFT' || error.code === 'BODY_INCOMPLETE');
}
