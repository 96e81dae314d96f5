/** Asks the author's `health` whether the model can predict now. */

import { describeThrown } from '../errors/describe-thrown.ts';
import type { LoadedPredictor } from './load-predictor.ts';

const healthTimeoutMs = 5_000;

/** Gives what is wrong, or `undefined`; never rejects, and waits no longer than 5 s. */
export async function checkHealth(
  { definition, model }: LoadedPredictor,
  timeoutMs = healthTimeoutMs,
): Promise<string | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`health has not returned after ${timeoutMs} ms`), timeoutMs);
  try {
    const health = await Promise.race([definition.health?.(model), late]);
    if (typeof health === 'string') return health;
    return health === false ? 'health returned false' : undefined;
  } catch (error) {
    return `health failed: ${describeThrown(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
