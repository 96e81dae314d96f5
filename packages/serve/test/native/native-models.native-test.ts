/** What a model in native code loses under `isolation: 'process'`: the guilty requests, and nothing else. */

import { expect, test } from 'vitest';
import { readReply } from '../start-server.ts';
import { readPrediction, startLoop } from './start-loop.ts';

/** Longer than anybody waits. */
const endless = '1000000000';

test.each([
  ['a run that outlives its deadline', ['run', endless], 504, /still busy/],
  ['a segfault', ['segfault'], 500, /signal SIGSEGV/],
  ['an abort in C++', ['abort'], 500, /signal SIGABRT/],
] as const)('%s is lost alone', async (_, command, status, reason) => {
  const { server, url, invoke, stop } = await startLoop({
    workers: { count: 2 },
    limits: { invocationMs: 2_000 },
  });
  let line: string | undefined;
  void server.readLine(/a worker ended/).then((read) => {
    line = read;
  });

  const guilty = invoke(...command);
  const others: unknown[] = [];
  while (line === undefined) {
    others.push((await fetch(`${url}/ping`)).status, await readPrediction(await invoke('run', '2')));
  }
  const exitCode = await stop();

  expect((await guilty).status).toBe(status);
  expect(JSON.parse(line).reason).toMatch(reason);
  expect(new Set(others)).toEqual(new Set([200, 2]));
  expect(exitCode).toBe(0);
});

test('what waits behind a segfault is answered by another worker', async () => {
  const { invoke, stop } = await startLoop({ workers: { count: 1 } });

  const [first, guilty, ...others] = await Promise.all([
    invoke('run', '300'),
    invoke('segfault'),
    ...Array.from({ length: 20 }, (_, trips) => invoke('run', String(trips))),
  ]);
  const exitCode = await stop();

  expect([first?.status, guilty?.status]).toEqual([200, 500]);
  expect(await Promise.all(others.map(readPrediction))).toEqual([...others.keys()]);
  expect(exitCode).toBe(0);
});

test('a server with more to do than it can do in time answers all, and goes on', async () => {
  const { url, invoke, stop } = await startLoop({ workers: { count: 1 }, limits: { invocationMs: 3_000 } });

  const replies = await Promise.all(
    Array.from({ length: 6 }, (_, index) => invoke('run', index < 3 ? '900' : endless)),
  );
  while ((await fetch(`${url}/ping`)).status !== 200);
  const later = await invoke('run', '2');
  const exitCode = await stop();

  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 504)).toEqual([]);
  expect(statuses.slice(3)).toEqual([504, 504, 504]);
  expect([later.status, await readPrediction(later), exitCode]).toEqual([200, 2, 0]);
});

test('a server that is stopped in the middle of runs answers what ends in time, and ends with 0', async () => {
  const { server, invoke, stop } = await startLoop({ workers: { count: 2 }, drain: { timeoutMs: 3_000 } });
  const stuck = invoke('log', endless);
  await server.readLine(/running/);
  const short = invoke('log', '300');
  await server.readLine(/running/);

  const exitCode = await stop();

  const [lost, answered] = [await stuck, await short];
  expect([lost.status, (await readReply(lost)).error.code]).toEqual([503, 'SERVER_CLOSED']);
  expect([answered.status, await readPrediction(answered)]).toEqual([200, 300]);
  expect(exitCode).toBe(0);
});
