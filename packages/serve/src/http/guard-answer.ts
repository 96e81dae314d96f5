/** Keeps a mistake in what answers one request from ending the server, and all other requests with it. */

import type { ServerResponse } from 'node:http';
import type { Log } from '@optml/contract/log';
import { reportFailure } from '../errors/report-failure.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import { writeReply } from './write-reply.ts';
import { cutReply } from './write-stream.ts';

/** Runs what answers; what it throws, at once or later, is logged and answered, or cuts off a reply that has begun. */
export function guardAnswer<Result>(
  response: ServerResponse,
  log: Log,
  answer: () => Result,
): Result | undefined {
  const fail = (error: unknown) => {
    reportFailure(error, log, false);
    if (response.headersSent) cutReply(response);
    else writeReply(response, createErrorReply(error));
  };
  try {
    const result = answer();
    if (result instanceof Promise) result.catch(fail);
    return result;
  } catch (error) {
    fail(error);
    return undefined;
  }
}
