/** Collects all garbage of this thread, on demand. */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Gives the bytes of the JavaScript heap that are left. */
export function collectGarbage(): number {
  if (collect === undefined) {
    // V8 gives the function to contexts made from now on, so the author's code does not get to see it.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return getHeapStatistics().used_heap_size;
}
