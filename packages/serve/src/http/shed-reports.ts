/**
 * Says in the log that requests are refused because the server is busy or not ready: the first at once, then one line a
 * second for all. An overload is no time for a line a request.
 */

import type { Log } from '@optml/contract/log';
import { describeThrown } from '../errors/describe-thrown.ts';
import { isKnownError, statusOf } from '../errors/errors.ts';

export type ShedReports = ReturnType<typeof createShedReports>;

const windowMs = 1_000;

/** Creates the reports of a server. */
export function createShedReports(log: Log, now: () => number = () => performance.now()) {
  let lastMs = Number.NEGATIVE_INFINITY;
  let unreported = 0;
  return {
    /** Takes in a refusal; false for any other error, which is the caller's to report. */
    take(error: unknown, requestId: string): boolean {
      if (!isKnownError(error) || statusOf(error.code) !== 503) return false;
      unreported += 1;
      const time = now();
      if (time - lastMs < windowMs) return true;
      const facts = { requestId, code: error.code, reason: describeThrown(error), refused: unreported };
      log.warn('invocations are refused', facts);
      lastMs = time;
      unreported = 0;
      return true;
    },
  };
}
