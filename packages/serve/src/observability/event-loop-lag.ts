/** Measures how long the thread that answers HTTP is kept from it. */

import { monitorEventLoopDelay } from 'node:perf_hooks';

export type EventLoopLag = ReturnType<typeof watchEventLoopLag>;

/** Between two looks; Node adds it to what it measures. */
const resolutionMs = 10;

/** Watches until it is stopped, which keeps no process alive. */
export function watchEventLoopLag() {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const toLagMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    /** Gives what was seen since the last call, in milliseconds. */
    take() {
      const isEmpty = histogram.count === 0;
      const lag = {
        p50Ms: isEmpty ? 0 : toLagMs(histogram.percentile(50)),
        p99Ms: isEmpty ? 0 : toLagMs(histogram.percentile(99)),
        maximumMs: isEmpty ? 0 : toLagMs(histogram.max),
      };
      histogram.reset();
      return lag;
    },
    stop(): void {
      histogram.disable();
    },
  };
}
