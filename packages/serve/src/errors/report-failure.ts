/** Says in the log why a request got no prediction. */

import type { Log } from '@optml/contract/log';
import { describeInFull, describeThrown } from './describe-thrown.ts';
import { isKnownError, statusOf } from './errors.ts';

/**
 * Logs one line: a warning for what the client has to fix, an error for the rest, and neither when nobody
 * waits for the reply any more. What lies beneath an error, or a bug, is logged with its stack.
 */
export function reportFailure(error: unknown, log: Log, isAbandoned: boolean): void {
  const code = isKnownError(error) ? error.code : 'INTERNAL';
  const facts = { code, reason: describeThrown(error) };
  if (isAbandoned) log.debug('an invocation was given up', facts);
  else if (statusOf(code) < 500) log.warn('an invocation was refused', facts);
  else {
    log.error('an invocation failed', { ...facts, ...explain(error, facts.reason) });
  }
}

/** What a client is not told: what lies beneath, in a sentence where the reason does not have it, and all of it. */
function explain(error: unknown, reason: string): { readonly cause?: string; readonly stack?: string } {
  const cause = isKnownError(error) ? error.cause : error;
  if (cause === undefined) return {};
  const sentence = describeThrown(cause);
  const stack = describeInFull(error);
  return reason.includes(sentence) ? { stack } : { cause: sentence, stack };
}
