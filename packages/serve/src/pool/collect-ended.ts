/** Gives back what threads that have ended leave behind in this one. */

import { collectGarbage } from './collect-garbage.ts';

/**
 * Node frees the last 0.1 MB of a thread when its `Worker` is collected, and V8, to which that is a small object, waits for
 * hundreds of them. A collection takes about 10 ms, as long as a tenth of a thread's start.
 */
const threadsPerCollection = 8;

let endedThreads = 0;

/** Takes in that a thread has ended. */
export function noteEndedThread(): void {
  endedThreads += 1;
  if (endedThreads % threadsPerCollection === 0) collectGarbage();
}
