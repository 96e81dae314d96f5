/** What a model in native code does to a server whose workers are threads: it may hold them, and ends nothing. */

import { expect, test } from 'vitest';
import { readPrediction, startLoop } from './start-loop.ts';

const isolation = 'worker';
const probeTrips = 200;
/** The worker is asked to end a second after the deadline; the run goes on for a while after that. */
const runMs = 3_000;

test('runs that outlive their deadline end no server, six times', async () => {
  const { url, invoke, stop } = await startLoop({
    isolation,
    workers: { count: 3 },
    limits: { invocationMs: 1_000 },
  });
  const startMs = performance.now();
  await invoke('run', `${probeTrips}`);
  const trips = `${Math.ceil((probeTrips * runMs) / (performance.now() - startMs))}`;

  const statuses: number[] = [];
  for (const ends of [3, 6]) {
    const copies = ['1', '2', '3'].map((copy) => invoke('run', trips, `${ends}`, copy));
    statuses.push(...(await Promise.all(copies)).map(({ status }) => status));
    // All that were busy have ended, lost or not.
    const areReplaced = new RegExp(`^optml_workers_ready 3$.*^optml_worker_restarts_total ${ends}$`, 'ms');
    while (!areReplaced.test(await (await fetch(`${url}/metrics`)).text()));
  }
  const later = await readPrediction(await invoke('run', '2'));

  expect(statuses).toEqual([504, 504, 504, 504, 504, 504]);
  expect([later, await stop()]).toEqual([2, 0]);
}, 90_000);

test('a server that is stopped in the middle of runs ends with 0', async () => {
  const options = { isolation, workers: { count: 2 }, drain: { timeoutMs: 200 } } as const;
  const { server, invoke, stop } = await startLoop(options);
  const stuck = invoke('log', '1000000000');
  await server.readLine(/running/);

  const exitCode = await stop();

  expect([(await stuck).status, exitCode]).toEqual([503, 0]);
});
