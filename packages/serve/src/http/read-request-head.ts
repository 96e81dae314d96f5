/** Takes from a request's headers what an invocation needs. */

import type { IncomingHttpHeaders } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import type { InvocationReply, RequestHead } from '../invocation/invocation.ts';
import { findHeaderFault } from '../invocation/reply-headers.ts';

const prefix = 'x-amzn-sagemaker-';

/** The name of the header that a reply repeats; the platform passes no others on. Source: `InvokeEndpoint`. */
export const customAttributesHeader = `${prefix}custom-attributes`;

const inferenceIdHeader = `${prefix}inference-id`;

/** The Python toolkit takes `ContentType` for `Content-Type`, and so do its clients; of both, the first counts. */
const misspelledContentType = 'contenttype';

/** Reads the headers; custom attributes that could not be repeated in the reply, and unknown headers, are left out. */
export function readRequestHead(headers: IncomingHttpHeaders): RequestHead {
  const kept: Record<string, string> = {};
  for (const sent in headers) {
    const value = headers[sent];
    const name = sent === misspelledContentType ? 'content-type' : sent;
    if (typeof value === 'string' && isKept(name)) kept[name] ??= value;
  }
  const attributes = kept[customAttributesHeader];
  const inferenceId = kept[inferenceIdHeader];
  return {
    requestId: inferenceId !== undefined && isInferenceId(inferenceId) ? inferenceId : createRequestId(),
    contentType: kept['content-type'],
    accept: kept.accept,
    customAttributes:
      attributes !== undefined && findHeaderFault(attributes) === undefined ? attributes : undefined,
    headers: kept,
  };
}

/** Unlike the ids of other servers and other starts; a whole UUID for each would cost as much as all other headers. */
function createRequestId(): string {
  lastNumber += 1;
  return `${serverId}-${lastNumber}`;
}

/** Not a secret, and shaped like a UUID's beginning: `node:crypto` would take a twentieth of the start. */
const serverId = Math.random().toString(16).slice(2, 14).padEnd(12, '0').replace(/^.{8}/, '$&-');
let lastNumber = 0;

function isKept(name: string): boolean {
  return name === 'content-type' || name === 'accept' || name.startsWith(prefix);
}

/** Source: `InvokeEndpoint`, `InferenceId`. */
function isInferenceId(value: string): boolean {
  return value.length <= 64 && /^[\x21-\x7e][\x20-\x7e]*$/.test(value);
}

/**
 * Refuses custom attributes that the platform would not have passed on, and that a reply could not repeat.
 *
 * @throws ServeError `CUSTOM_ATTRIBUTES_INVALID`
 */
export function assertCustomAttributes({ customAttributes, headers }: RequestHead): void {
  const sent = headers[customAttributesHeader];
  if (sent === undefined || customAttributes !== undefined) return;
  const message = `the header X-Amzn-SageMaker-Custom-Attributes ${findHeaderFault(sent)}`;
  throw new ServeError('CUSTOM_ATTRIBUTES_INVALID', message);
}

/** Gives a reply that says the custom attributes again, unless the author has set others. */
export function repeatAttributes<Reply extends InvocationReply>(
  { customAttributes }: RequestHead,
  reply: Reply,
): Reply {
  if (customAttributes === undefined) return reply;
  return { ...reply, headers: { [customAttributesHeader]: customAttributes, ...reply.headers } };
}
