/** Answers `/execution-parameters`: how batch transform should send its requests. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createErrorReply } from '../error-reply.ts';
import { ServeError } from '../errors.ts';
import { writeReply } from './write-reply.ts';

export interface ExecutionParameters {
  /** How many invocations can be worked on at once. */
  readonly parallelism: number;
  readonly maximumBodyBytes: number;
}

/** The most megabytes of all transforms that are under way at once, and so of one. Source: `CreateTransformJob`. */
const maximumPayloadsMb = 100;

/** Answers what a transform job takes over where its own request says nothing. Source: "Custom Inference Code with Batch Transform". */
export function answerExecutionParameters(
  request: IncomingMessage,
  response: ServerResponse,
  parameters: ExecutionParameters,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = `/execution-parameters does not answer ${request.method}: use GET`;
    writeReply(
      response,
      createErrorReply(new ServeError('METHOD_NOT_ALLOWED', message), { allow: 'GET, HEAD' }),
    );
    return;
  }
  const body = JSON.stringify(chooseParameters(parameters));
  writeReply(response, { status: 200, headers: { 'content-type': 'application/json' }, body });
}

function chooseParameters({ parallelism, maximumBodyBytes }: ExecutionParameters) {
  const transforms = Math.min(parallelism, maximumPayloadsMb);
  const payloadMb = Math.floor(maximumBodyBytes / 1024 ** 2);
  return {
    MaxConcurrentTransforms: transforms,
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: Math.max(1, Math.min(payloadMb, Math.floor(maximumPayloadsMb / transforms))),
  };
}
