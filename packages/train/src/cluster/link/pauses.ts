/** How long to wait between attempts to reach a host. */

const firstMs = 100;
const longestMs = 5_000;

/** Creates a sequence of pauses: 100 ms, doubled each time, at most 5 s. */
export function createPauses(): { next(): number } {
  let pauseMs = firstMs / 2;
  return {
    next: () => {
      pauseMs = Math.min(pauseMs * 2, longestMs);
      return pauseMs;
    },
  };
}
