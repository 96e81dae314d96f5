/** Keeps the last word of a health check, so that `/ping` never waits for it. */

import type { Log } from '@optml/contract/log';

/** What is known of the health of a model; the log is told when it changes. */
export type HealthState = ReturnType<typeof createHealthState>;

/** Creates the state of a model that is healthy until something else is noted. */
export function createHealthState(log: Log) {
  let problem: string | undefined;
  return {
    isHealthy: () => problem === undefined,
    /** Takes in what is wrong, or that nothing is. */
    note(found: string | undefined): void {
      if (found !== undefined && problem === undefined) {
        log.warn('the model is not healthy', { reason: found });
      }
      if (found === undefined && problem !== undefined) log.info('the model is healthy again');
      problem = found;
    },
  };
}

export interface HealthWatchOptions {
  /** Gives what is wrong, or `undefined`; never rejects. */
  readonly check: () => Promise<string | undefined>;
  /** False when there is nothing to check. */
  readonly isChecked: boolean;
  readonly intervalMs: number;
  readonly log: Log;
}

/** Checks once before it resolves, then at intervals until it is stopped, one check at a time. */
export async function watchHealth({ check, isChecked, intervalMs, log }: HealthWatchOptions) {
  const { isHealthy, note } = createHealthState(log);
  let isChecking = false;
  const look = async () => {
    if (isChecking) return;
    isChecking = true;
    note(await check());
    isChecking = false;
  };
  if (!isChecked) return { isHealthy: () => true, stop: () => undefined };
  await look();
  const timer = setInterval(look, intervalMs).unref();
  return { isHealthy, stop: () => clearInterval(timer) };
}
