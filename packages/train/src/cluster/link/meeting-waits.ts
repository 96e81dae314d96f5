/** The calls on this host that wait for a meeting. */

/** How a wait ended. */
export type Outcome =
  | { readonly met: true; readonly offer: string | undefined }
  | {
      readonly met: false;
      readonly why: 'late' | 'ended' | 'unreachable';
      readonly hosts: readonly string[];
    };

export interface MeetingWaits {
  /** Waits for `settle` or `rejectAll`; when the time is up, calls `onOverdue`, which must settle it. */
  wait(meeting: string, timeoutMs: number | undefined): Promise<Outcome>;
  /** Ends all waits for `meeting`; does nothing when there are none. */
  settle(meeting: string, outcome: Outcome): void;
  /** Like `settle`, also for waits that begin later. */
  settleForGood(meeting: string, outcome: Outcome): void;
  /** Ends every wait of now and later, but for what is settled for good. */
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
export function createMeetingWaits(onOverdue: (meeting: string) => void): MeetingWaits {
  const waits = new Map<string, Set<Wait>>();
  const settledForGood = new Map<string, Outcome>();
  let conclusion: ((wait: Wait, meeting: string) => void) | undefined;
  const conclude = (conclusionOfAll: (wait: Wait, meeting: string) => void) => {
    conclusion ??= conclusionOfAll;
    const all = [...waits];
    waits.clear();
    for (const [meeting, set] of all) for (const wait of set) conclusion(wait, meeting);
  };
  const settle = (meeting: string, outcome: Outcome) => {
    const ended = waits.get(meeting) ?? [];
    waits.delete(meeting);
    for (const wait of ended) wait.resolve(outcome);
  };
  return {
    wait: async (meeting, timeoutMs) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => onOverdue(meeting), Math.min(timeoutMs, longestTimeoutMs));
      try {
        return await new Promise<Outcome>((resolve, reject) => {
          const wait = { resolve, reject };
          if (conclusion !== undefined) return conclusion(wait, meeting);
          const settled = settledForGood.get(meeting);
          if (settled !== undefined) return resolve(settled);
          waits.set(meeting, (waits.get(meeting) ?? new Set()).add(wait));
        });
      } finally {
        clearTimeout(timer);
      }
    },
    settle,
    settleForGood: (meeting, outcome) => {
      settledForGood.set(meeting, outcome);
      settle(meeting, outcome);
    },
    settleAll: (outcome) => conclude((wait, meeting) => wait.resolve(settledForGood.get(meeting) ?? outcome)),
    rejectAll: (reason) => conclude((wait) => wait.reject(reason)),
  };
}
