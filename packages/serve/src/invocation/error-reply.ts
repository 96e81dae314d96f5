/** The one shape of every error that leaves the server. */

import { limits } from '@optml/contract/limits';
import { isKnownError, type KnownError, statusOf } from '../errors/errors.ts';
import type { WholeReply } from './invocation.ts';

/**
 * Makes the reply of an error: `{"error": {"code", "message", "record"}}`, in under 2,048 characters, which is what a
 * client of SageMaker gets to see as `OriginalMessage`. The record, where one is at fault, is its index from zero, and
 * stands in front of the message too. What is not a known error is answered without detail.
 */
export function createErrorReply(
  error: unknown,
  given: Readonly<Record<string, string | undefined>> = {},
): WholeReply {
  const { code, message, record, param } = isKnownError(error) ? describeKnown(error) : unknownError;
  const status = statusOf(code);
  // In seconds: what is busy or starting is worth asking again soon.
  const retryAfter = status === 503 ? '1' : undefined;
  const headers = { ...given, 'retry-after': retryAfter, 'content-type': 'application/json' };
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(isSet)),
    body: writeError({ code, message, record, param }),
    errorCode: code,
  };
}

function isSet(header: [name: string, value: string | undefined]): header is [string, string] {
  return header[1] !== undefined;
}

interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly record?: number | undefined;
  readonly param?: string | undefined;
}

const unknownError: ErrorFacts = { code: 'INTERNAL', message: 'the server failed: its log says why' };

function describeKnown(error: KnownError): ErrorFacts {
  const { code, message, record, param } = error;
  // The places of the author's schema begin with the record: instances[3].
  const isSaid =
    record === undefined || new RegExp(`\\b(?:record|row|member) ${record}\\b|\\[${record}\\]`).test(message);
  return { code, message: isSaid ? message : `record ${record} (from zero): ${message}`, record, param };
}

function writeError({ code, message, record, param }: ErrorFacts): string {
  return cutMessage(message, (text) => JSON.stringify({ error: { code, message: text, record, param } }));
}

/**
 * Writes a body around a message, which is shortened until there is room for both: cut from the end, because the most useful
 * text comes first; control characters grow sixfold in JSON.
 */
export function cutMessage(message: string, write: (text: string) => string): string {
  let text = write(message);
  for (let characters = Math.min(message.length, limits.modelErrorCharacters); ; characters -= 64) {
    if (text.length < limits.modelErrorCharacters) return text;
    text = write(`${message.slice(0, characters).toWellFormed()}...`);
  }
}
