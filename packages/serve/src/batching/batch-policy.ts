/**
 * Decides when a batch is worth waiting for.
 *
 * Waiting for one more request delays all that wait already by the time between two requests, and spares the
 * fixed cost of a batch. As long as the first is less than the second it pays; at low load it never does,
 * because there the next request comes later than a batch would take.
 */

import { createCostLearner } from './learn-cost.ts';

export interface BatchPolicyOptions {
  readonly maximumSize: number;
  readonly maximumDelayMs: number;
}

/** What waits for a batch. */
interface Waiting {
  readonly count: number;
  /** How long the oldest has waited. */
  readonly oldestMs: number;
  /** How long the most urgent can still be waited for. */
  readonly remainingMs: number;
}

export interface BatchPolicy {
  arrive(nowMs: number): void;
  finish(size: number, durationMs: number): void;
  /** Gives the size of a batch to run now, or how long to wait before asking again, at most. */
  decide(waiting: Waiting): { readonly size: number } | { readonly waitMs: number };
}

/** The weight of the newest gap between two requests. */
const newestWeight = 0.05;
/** Of the time that a request has left, what its batch may take by estimate. */
const deadlineShare = 0.8;
/** Timers are not finer than this. */
const shortestWaitMs = 1;

export function createBatchPolicy({ maximumSize, maximumDelayMs }: BatchPolicyOptions): BatchPolicy {
  const cost = createCostLearner();
  let gapMs = Number.POSITIVE_INFINITY;
  let lastArrivalMs: number | undefined;
  const fitDeadline = (count: number, remainingMs: number) => {
    const { fixedMs = 0, itemMs = 0 } = cost.estimate() ?? {};
    if (itemMs === 0) return count;
    const fitting = Math.floor((remainingMs * deadlineShare - fixedMs) / itemMs);
    return Math.max(1, Math.min(count, fitting));
  };
  return {
    arrive(nowMs) {
      const gap = lastArrivalMs === undefined ? undefined : nowMs - lastArrivalMs;
      lastArrivalMs = nowMs;
      if (gap === undefined) return;
      gapMs = gapMs === Number.POSITIVE_INFINITY ? gap : gapMs + (gap - gapMs) * newestWeight;
    },
    finish: cost.add,
    decide({ count, oldestMs, remainingMs }) {
      const size = fitDeadline(Math.min(count, maximumSize), remainingMs);
      if (size < count || size === maximumSize) return { size };
      const sparedMs = cost.estimate()?.fixedMs ?? 0;
      const leftMs = Math.min(maximumDelayMs, remainingMs * (1 - deadlineShare)) - oldestMs;
      if (leftMs < shortestWaitMs || sparedMs < shortestWaitMs || count * gapMs >= sparedMs) return { size };
      return { waitMs: Math.max(shortestWaitMs, Math.min(leftMs, gapMs * 4)) };
    },
  };
}
