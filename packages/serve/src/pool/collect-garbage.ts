/** Collects all garbage of this thread, on demand. */

import process from 'node:process';

let collect: (() => void) | undefined;

/** Gives the bytes of the JavaScript heap that are left. */
export function collectGarbage(): number {
  // Most threads are never asked, and would load it at their start.
  const { getHeapStatistics, setFlagsFromString } = process.getBuiltinModule('node:v8');
  if (collect === undefined) {
    // V8 gives the function to contexts made from now on, so the author's code does not get to see it.
    setFlagsFromString('--expose-gc');
    collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
    // Under another flag than before, V8 would compile all that the next worker loads.
    setFlagsFromString('--no-expose-gc');
  }
  collect();
  return getHeapStatistics().used_heap_size;
}
