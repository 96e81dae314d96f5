/** Asks `/ping` as the platform does, only more often. */

import { setTimeout as wait } from 'node:timers/promises';

/** Gives the 99th percentile in milliseconds; rejects for any answer but 200. */
export async function measurePings(url: string, durationMs: number): Promise<number> {
  const endMs = performance.now() + durationMs;
  const times: number[] = [];
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    const { status } = await fetch(`${url}/ping`);
    times.push(performance.now() - startedMs);
    if (status !== 200) throw new Error(`/ping answered ${status}`);
    await wait(5);
  }
  times.sort((left, right) => left - right);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
