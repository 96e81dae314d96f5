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

/** The weight of the newest gap between two requests. */
const newestWeight = 0.05;
/** How much of what was seen in earlier waits counts beside the newest. */
const olderWaitsWeight = 0.9;
/** Of the time that a request has left, what its batch may take by estimate. */
const deadlineShare = 0.8;
/** Timers are not finer than this. */
const shortestWaitMs = 1;

export function createBatchPolicy({ maximumSize, maximumDelayMs }: BatchPolicyOptions) {
  const cost = createCostLearner();
  let gapMs = Number.POSITIVE_INFINITY;
  let lastArrivalMs: number | undefined;
  const waits = { durationMs: 0, arrivals: 0 };
  /** Between two requests while the model has nothing to do: clients that wait for it come back all at once then. */
  const measureGap = () =>
    waits.arrivals === 0 ? gapMs : Math.min(gapMs, waits.durationMs / waits.arrivals);
  const fitDeadline = (count: number, remainingMs: number) => {
    const { fixedMs = 0, itemMs = 0 } = cost.estimate() ?? {};
    if (itemMs === 0) return count;
    const fitting = Math.floor((remainingMs * deadlineShare - fixedMs) / itemMs);
    return Math.max(1, Math.min(count, fitting));
  };
  return {
    noteArrival(nowMs: number): void {
      const gap = lastArrivalMs === undefined ? undefined : nowMs - lastArrivalMs;
      lastArrivalMs = nowMs;
      if (gap === undefined) return;
      gapMs = gapMs === Number.POSITIVE_INFINITY ? gap : gapMs + (gap - gapMs) * newestWeight;
    },
    noteBatch: cost.add,
    /** Takes in how many requests came while a batch was held up. */
    noteWait(durationMs: number, arrivals: number): void {
      waits.durationMs = waits.durationMs * olderWaitsWeight + durationMs;
      waits.arrivals = waits.arrivals * olderWaitsWeight + arrivals;
    },
    /** Gives the size of a batch to run now, or how long to wait before asking again, at most. */
    decide({
      count,
      oldestMs,
      remainingMs,
    }: Waiting): { readonly size: number } | { readonly waitMs: number } {
      const size = fitDeadline(Math.min(count, maximumSize), remainingMs);
      if (size < count || size === maximumSize) return { size };
      const sparedMs = cost.estimate()?.fixedMs ?? 0;
      const leftMs = Math.min(maximumDelayMs, remainingMs * (1 - deadlineShare)) - oldestMs;
      const nextMs = measureGap();
      if (leftMs < shortestWaitMs || sparedMs < shortestWaitMs || count * nextMs >= sparedMs) return { size };
      return { waitMs: Math.max(shortestWaitMs, Math.min(leftMs, nextMs * 4)) };
    },
  };
}
