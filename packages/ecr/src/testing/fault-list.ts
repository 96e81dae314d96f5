/** The faults that are still to come, and the requests that have been seen. */

import type { FakeEcrFault } from './fake-ecr-options.ts';

/** Takes what is due for a request, and counts it. */
export interface FaultList {
  /** Gives what takes the fault back. */
  add(fault: FakeEcrFault): () => void;
  /** The fault that is due for an operation, which is used up by that. */
  take(operation: string): FakeEcrFault | undefined;
}

/** Creates an empty list. */
export function createFaultList(): FaultList {
  const waiting: { fault: FakeEcrFault; left: number }[] = [];
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? 1 };
      waiting.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    take(operation) {
      const due = waiting.find(({ fault, left }) => left > 0 && fault.on === operation);
      if (due === undefined) return undefined;
      due.left -= 1;
      return due.fault;
    },
  };
}
