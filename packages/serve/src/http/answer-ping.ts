/** Answers the platform's health check: 200 only when an invocation would succeed now. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMethod } from './refuse-method.ts';
import { writeReply } from './write-reply.ts';

/** The platform asks with GET, its guide also says POST. Source: "Custom Inference Code with Hosting Services". */
const methods = ['GET', 'HEAD', 'POST'];

/** Answers with an empty body. */
export function answerPing(request: IncomingMessage, response: ServerResponse, isHealthy: boolean): void {
  if (refuseMethod('/ping', request, response, methods)) return;
  writeReply(response, { status: isHealthy ? 200 : 503, headers: {}, body: new Uint8Array() });
}
