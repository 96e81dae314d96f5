/** Answers `/execution-parameters`: how batch transform should send its requests. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMethod } from './refuse-method.ts';
import { writeReply } from './write-reply.ts';

/** How a transform job should send its requests, where an operator has said so. */
export interface ExecutionParameters {
  /** Default `MULTI_RECORD`. */
  readonly batchStrategy?: 'SINGLE_RECORD' | 'MULTI_RECORD' | undefined;
  /** How many requests at once, at least 1; default as many as there are workers. */
  readonly maximumConcurrentTransforms?: number | undefined;
}

export interface ExecutionOptions extends ExecutionParameters {
  /** How many invocations can be worked on at once. */
  readonly parallelism: number;
  readonly maximumBodyBytes: number;
}

/** The most megabytes of all transforms that are under way at once, and so of one. Source: `CreateTransformJob`. */
const maximumPayloadsMiB = 100;

/** Answers what a transform job takes over where its own request says nothing. Source: "Custom Inference Code with Batch Transform". */
export function answerExecutionParameters(
  request: IncomingMessage,
  response: ServerResponse,
  options: ExecutionOptions,
): void {
  if (refuseMethod('/execution-parameters', request, response)) return;
  const body = JSON.stringify(chooseParameters(options));
  writeReply(response, { status: 200, headers: { 'content-type': 'application/json' }, body });
}

function chooseParameters({
  batchStrategy = 'MULTI_RECORD',
  parallelism,
  maximumConcurrentTransforms = parallelism,
  maximumBodyBytes,
}: ExecutionOptions) {
  const transforms = Math.min(maximumConcurrentTransforms, maximumPayloadsMiB);
  const payloadMiB = Math.floor(maximumBodyBytes / 1024 ** 2);
  return {
    MaxConcurrentTransforms: transforms,
    BatchStrategy: batchStrategy,
    MaxPayloadInMB: Math.max(1, Math.min(payloadMiB, Math.floor(maximumPayloadsMiB / transforms))),
  };
}
