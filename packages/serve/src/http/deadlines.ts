/** Ends what takes too long, with one timer for all: a timer a request would cost more than a small model. */

/** What ends at its deadline unless it is removed before. */
export interface Deadline {
  expire(): void;
}

export interface Deadlines {
  add(deadline: Deadline): void;
  /** Does nothing for what has expired. */
  remove(deadline: Deadline): void;
}

/** Creates a list of things that have `timeoutMs` each, and so expire in the order in which they came. */
export function createDeadlines(timeoutMs: number, now: () => number = () => performance.now()): Deadlines {
  const waiting = new Map<Deadline, number>();
  let isWatched = false;
  const watch = (delayMs: number) => {
    isWatched = true;
    setTimeout(sweep, delayMs).unref();
  };
  const sweep = () => {
    isWatched = false;
    for (const [deadline, endMs] of waiting) {
      const leftMs = endMs - now();
      if (leftMs > 0) return watch(Math.ceil(leftMs));
      waiting.delete(deadline);
      deadline.expire();
    }
  };
  return {
    add(deadline) {
      waiting.set(deadline, now() + timeoutMs);
      if (!isWatched) watch(timeoutMs);
    },
    remove(deadline) {
      waiting.delete(deadline);
    },
  };
}
