/** Ends what takes too long, with one timer for all: a timer a request would cost more than a small model. */

import type { ServeError } from '../errors/errors.ts';
import { LinkedList, type Links } from '../invocation/linked-list.ts';

/** What ends at its deadline unless it is removed before. */
export interface Deadline extends Links<Deadline> {
  /** Told without a reason when the time is over. */
  expire(reason?: ServeError): void;
  /** The list's own. */
  endMs: number;
}

export type Deadlines = ReturnType<typeof createDeadlines>;

/** Creates a list of things that have `timeoutMs` each, and so expire in the order in which they came. */
export function createDeadlines(timeoutMs: number) {
  const list = new LinkedList<Deadline>();
  let isWatched = false;
  const watch = (delayMs: number) => {
    isWatched = true;
    setTimeout(sweep, delayMs).unref();
  };
  const sweep = () => {
    isWatched = false;
    // Not one after the other: what expires may end others.
    for (let due = list.first; due !== undefined; due = list.first) {
      const leftMs = due.endMs - performance.now();
      if (leftMs > 0) return watch(Math.ceil(leftMs));
      list.remove(due);
      due.expire();
    }
  };
  return {
    /** How many there are. */
    get size(): number {
      return list.size;
    },
    /** `nowMs` is of the monotonic clock. */
    add(deadline: Deadline, nowMs: number): void {
      deadline.endMs = nowMs + timeoutMs;
      list.add(deadline);
      if (!isWatched) watch(timeoutMs);
    },
    /** Does nothing for what has expired or been removed. */
    remove: (deadline: Deadline) => list.remove(deadline),
    /** Lets all expire now, for a reason of their own. */
    expireAll(reason: ServeError): void {
      for (let due = list.first; due !== undefined; due = list.first) {
        list.remove(due);
        due.expire(reason);
      }
    },
  };
}
