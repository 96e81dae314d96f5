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
    const isExplained = isKnownError(error) && error.cause === undefined;
    log.error('an invocation failed', isExplained ? facts : { ...facts, stack: describeInFull(error) });
  }
}
