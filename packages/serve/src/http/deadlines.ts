/** Ends what takes too long, with one timer for all: a timer a request would cost more than a small model. */

import type { ServeError } from '../errors.ts';

/** What ends at its deadline unless it is removed before. A part of at most one list. */
export interface Deadline {
  /** Told without a reason when the time is over. */
  expire(reason?: ServeError): void;
  /** The list's own. */
  endMs: number;
  earlier: Deadline | undefined;
  later: Deadline | undefined;
}

export interface Deadlines {
  add(deadline: Deadline): void;
  /** Does nothing for what has expired or been removed. */
  remove(deadline: Deadline): void;
  /** Lets all expire now, for a reason of their own. */
  expireAll(reason: ServeError): void;
}

/**
 * Creates a list of things that have `timeoutMs` each, and so expire in the order in which they came. Linked, for a
 * Set makes a new table every few dozen requests, and these tables outlive the young generation.
 */
export function createDeadlines(timeoutMs: number, now: () => number = () => performance.now()): Deadlines {
  let first: Deadline | undefined;
  let last: Deadline | undefined;
  let isWatched = false;
  const watch = (delayMs: number) => {
    isWatched = true;
    setTimeout(sweep, delayMs).unref();
  };
  const sweep = () => {
    isWatched = false;
    while (first !== undefined) {
      const leftMs = first.endMs - now();
      if (leftMs > 0) return watch(Math.ceil(leftMs));
      const due = first;
      remove(due);
      due.expire();
    }
  };
  const remove = (deadline: Deadline) => {
    const { earlier, later } = deadline;
    if (earlier === undefined && first !== deadline) return;
    if (earlier === undefined) first = later;
    else earlier.later = later;
    if (later === undefined) last = earlier;
    else later.earlier = earlier;
    deadline.earlier = undefined;
    deadline.later = undefined;
  };
  return {
    add(deadline) {
      deadline.endMs = now() + timeoutMs;
      deadline.earlier = last;
      if (last === undefined) first = deadline;
      else last.later = deadline;
      last = deadline;
      if (!isWatched) watch(timeoutMs);
    },
    remove,
    expireAll(reason) {
      for (let due = first; due !== undefined; due = first) {
        remove(due);
        due.expire(reason);
      }
    },
  };
}
