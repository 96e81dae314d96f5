/** Takes from a request's headers what an invocation needs. */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '@optml/contract';
import type { InvocationRequest } from './model-handle.ts';

const prefix = 'x-amzn-sagemaker-';

/** The name of the header that a reply repeats; the platform passes no others on. Source: `InvokeEndpoint`. */
export const customAttributesHeader = `${prefix}custom-attributes`;

/** Reads the headers; custom attributes that could not be repeated in the reply count as not sent. */
export function readRequestHead(headers: IncomingHttpHeaders): Omit<InvocationRequest, 'body'> {
  const kept = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && isKept(entry[0]),
  );
  const attributes = headers[customAttributesHeader];
  return {
    requestId: readText(headers[`${prefix}inference-id`]) ?? randomUUID(),
    contentType: headers['content-type'],
    accept: headers.accept,
    customAttributes: isRepeatable(attributes) ? attributes : undefined,
    headers: Object.fromEntries(kept),
  };
}

function isKept(name: string): boolean {
  return name === 'content-type' || name === 'accept' || name.startsWith(prefix);
}

function readText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRepeatable(value: string | string[] | undefined): value is string {
  return (
    typeof value === 'string' &&
    value.length <= limits.customAttributesCharacters &&
    /^[\x20-\x7e]*$/.test(value)
  );
}
