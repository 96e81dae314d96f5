/** The one shape of every error that leaves the server. */

import { limits } from '@optml/contract';
import { isKnownError, statusOf } from './errors.ts';
import type { WholeReply } from './model-handle.ts';

/** In seconds: what is busy or starting is worth asking again soon. */
const retryAfter = { 'retry-after': '1' };

/**
 * Makes the reply of an error: `{"error": {"code", "message"}}`, in under 2,048 characters, which is what a
 * client of SageMaker gets to see as `OriginalMessage`. What is not a known error is answered without detail.
 */
export function createErrorReply(error: unknown, headers: Readonly<Record<string, string>> = {}): WholeReply {
  const { code, message } = isKnownError(error)
    ? error
    : { code: 'INTERNAL', message: 'the server failed: its log says why' };
  const status = statusOf(code);
  return {
    status,
    headers: { ...headers, ...(status === 503 ? retryAfter : {}), 'content-type': 'application/json' },
    body: writeError(code, message),
  };
}

/** Cut from the end, because the most useful text comes first; control characters grow sixfold in JSON. */
function writeError(code: string, message: string): string {
  const write = (text: string) => JSON.stringify({ error: { code, message: text } });
  let text = write(message);
  for (let characters = Math.min(message.length, limits.modelErrorCharacters); ; characters -= 64) {
    if (text.length < limits.modelErrorCharacters) return text;
    text = write(`${message.slice(0, characters).toWellFormed()}...`);
  }
}
