/** The calls on this host that wait for a barrier. */

/** The barrier to which a host comes by joining. */
export const joining = '';

/** How a wait ended. */
export type Outcome =
  | { readonly passed: true; readonly value: string | undefined }
  | {
      readonly passed: false;
      readonly why: 'late' | 'ended' | 'unreachable';
      readonly hosts: readonly string[];
    };

export interface BarrierWaits {
  /** Waits for `settle` or `rejectAll`; when the time is up, calls `onOverdue`, which must settle it. */
  wait(barrier: string, timeoutMs: number | undefined): Promise<Outcome>;
  /** Ends all waits for `barrier`, which may be none; once all have joined, also the waits for that which begin later. */
  settle(barrier: string, outcome: Outcome): void;
  /** Ends every wait of now and later, but for joining where all have joined. */
  settleAll(outcome: Outcome): void;
  /** Ends every wait of now and later; the first reason stays. */
  rejectAll(reason: Error): void;
}

interface Wait {
  resolve(outcome: Outcome): void;
  reject(reason: Error): void;
}

/** Timers cannot count further: about 24.8 days. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Creates the list of waits. */
export function createBarrierWaits(onOverdue: (barrier: string) => void): BarrierWaits {
  const waits = new Map<string, Set<Wait>>();
  let joined: Outcome | undefined;
  let conclusion: ((wait: Wait, barrier: string) => void) | undefined;
  const conclude = (conclusionOfAll: (wait: Wait, barrier: string) => void) => {
    conclusion ??= conclusionOfAll;
    const all = [...waits];
    waits.clear();
    for (const [barrier, set] of all) for (const wait of set) conclusion(wait, barrier);
  };
  const settle = (barrier: string, outcome: Outcome) => {
    if (barrier === joining && outcome.passed) joined = outcome;
    const ended = waits.get(barrier) ?? [];
    waits.delete(barrier);
    for (const wait of ended) wait.resolve(outcome);
  };
  return {
    wait: async (barrier, timeoutMs) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => onOverdue(barrier), Math.min(timeoutMs, longestTimeoutMs));
      try {
        return await new Promise<Outcome>((resolve, reject) => {
          const wait = { resolve, reject };
          if (conclusion !== undefined) return conclusion(wait, barrier);
          if (barrier === joining && joined !== undefined) return resolve(joined);
          waits.set(barrier, (waits.get(barrier) ?? new Set()).add(wait));
        });
      } finally {
        clearTimeout(timer);
      }
    },
    settle,
    settleAll: (outcome) =>
      conclude((wait, barrier) => wait.resolve((barrier === joining ? joined : undefined) ?? outcome)),
    rejectAll: (reason) => conclude((wait) => wait.reject(reason)),
  };
}
