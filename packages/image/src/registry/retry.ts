/** Repeats what may succeed the next time, with waits that spread. */

import { setTimeout } from 'node:timers/promises';
import { ImageError } from '../errors.ts';

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/**
 * Calls `attempt` until it succeeds, fails for a reason that will not pass, or has been called `attempts` times. The
 * waits are random up to a bound that doubles (full jitter), or what the registry asks for, up to 10 s.
 */
export async function retry<Value>(
  attempt: () => Promise<Value>,
  { attempts, signal }: { readonly attempts: number; readonly signal?: AbortSignal | undefined },
): Promise<Value> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= attempts || !(error instanceof ImageError) || !error.retryable) throw error;
      await waitBefore(count, error, signal);
    }
  }
}

/** Waits before the attempt after the `count`th. */
export async function waitBefore(count: number, error: ImageError, signal?: AbortSignal): Promise<void> {
  const bound = Math.min(longestDelayMs, firstDelayMs * 2 ** (count - 1));
  const delayMs = Math.min(longestDelayMs, error.retryAfterMs ?? Math.random() * bound);
  await setTimeout(delayMs, undefined, { signal });
}
