/** How long to wait between attempts to reach a host. */

const firstMs = 100;
const longestMs = 5_000;

/** Creates a sequence of waits: 100 ms, doubled each time, at most 5 s. */
export function createBackoff(): { nextMs(): number } {
  let waitMs = firstMs / 2;
  return {
    nextMs: () => {
      waitMs = Math.min(waitMs * 2, longestMs);
      return waitMs;
    },
  };
}
