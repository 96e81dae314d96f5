/** Takes from a request's headers what an invocation needs. */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '@optml/contract';
import type { InvocationRequest } from '../model-handle.ts';

const prefix = 'x-amzn-sagemaker-';

/** The name of the header that a reply repeats; the platform passes no others on. Source: `InvokeEndpoint`. */
export const customAttributesHeader = `${prefix}custom-attributes`;

const inferenceIdHeader = `${prefix}inference-id`;

/** A request without its body. */
export type RequestHead = Omit<InvocationRequest, 'body'>;

/** Reads the headers; custom attributes that could not be repeated in the reply count as not sent. */
export function readRequestHead(headers: IncomingHttpHeaders): RequestHead {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string' && isKept(name)) kept[name] = value;
  }
  const attributes = kept[customAttributesHeader];
  return {
    requestId: kept[inferenceIdHeader] || createRequestId(),
    contentType: kept['content-type'],
    accept: kept.accept,
    customAttributes: attributes !== undefined && isRepeatable(attributes) ? attributes : undefined,
    headers: kept,
  };
}

/** Unlike the ids of other servers and other starts; a whole UUID for each would cost as much as all other headers. */
function createRequestId(): string {
  lastNumber += 1;
  return `${serverId}-${lastNumber}`;
}

const serverId = randomUUID().slice(0, 13);
let lastNumber = 0;

function isKept(name: string): boolean {
  return name === 'content-type' || name === 'accept' || name.startsWith(prefix);
}

function isRepeatable(value: string): boolean {
  return value.length <= limits.customAttributesCharacters && /^[\x20-\x7e]*$/.test(value);
}
