/** What only a worker in a process of its own can promise, and that it costs nothing of what the others promise. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startProgram } from './start-process.ts';
import { readReply, startReadyServer } from './start-server.ts';

const isolation = 'process';
const octets = { 'content-type': 'application/octet-stream' };

type Invoke = (body: string) => Promise<Response>;

/** What `commands` answers with, as a number. */
async function askNumber(invoke: Invoke, command: string): Promise<number> {
  return Number((await readReply(await invoke(JSON.stringify([command])))).predictions[0]);
}

/** Waits until a process has ended, or waits only to be buried. */
async function waitForEnd(pid: number): Promise<void> {
  const isOver = async () => / [ZX] /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' X '));
  while (!(await isOver()));
}

/** Starts a server of its own process. */
async function startCommands(options: object = {}) {
  const server = startProgram('serve-fixture', 'commands', JSON.stringify({ isolation, ...options }));
  const { url } = JSON.parse(await server.readLine(/"ready"/)) as { readonly url: string };
  const headers = { 'content-type': 'application/json' };
  const invoke = (body: string) => fetch(`${url}/invocations`, { method: 'POST', headers, body });
  return { server, url, invoke };
}

test.each(['wait in native code', 'compute in native code'])(
  'a native call that never returns ends with its worker, and nothing else does (%s)',
  async (command) => {
    const { server, url, invoke } = await startCommands({ workers: 1, invocationTimeoutMs: 500 });
    const pid = await askNumber(invoke, 'process');

    const [stuck, beside] = await Promise.all([invoke(JSON.stringify([command])), invoke('["beside"]')]);
    const line = JSON.parse(await server.readLine(/a worker ended/));
    await waitForEnd(pid);
    while ((await fetch(`${url}/ping`)).status !== 200);
    const later = await invoke('["later"]');

    expect([stuck.status, later.status]).toEqual([504, 200]);
    expect([200, 504]).toContain(beside.status);
    expect(line.reason).toMatch(/still busy \d+ ms after the time of an invocation was over/);
  },
  20_000,
);

test('a worker that the kernel ends is replaced, and its memory is back', async () => {
  const { server, invoke } = await startCommands({ workers: 1 });
  const pid = await askNumber(invoke, 'process');
  const [score] = (await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).split('\n');

  process.kill(pid, 'SIGKILL');
  const line = JSON.parse(await server.readLine(/a worker ended/));
  const later = await invoke('["later"]');

  expect(later.status).toBe(200);
  expect(line.reason).toMatch(/signal SIGKILL with \d+ MiB of memory in use: the kernel sends it/);
  // Where memory runs out, a worker is chosen before the server.
  expect(Number(score)).toBe(500);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test('a worker that takes too much memory outside of its heap is ended', async () => {
  const { server, invoke } = await startCommands({ workers: 1, memoryMb: 400 });

  const death = await invoke('["allocate bytes"]');
  const line = JSON.parse(await server.readLine(/a worker ended/));
  const later = await invoke('["later"]');

  expect([death.status, later.status]).toEqual([500, 200]);
  expect(line.reason).toMatch(/it holds most, \d+ MiB, of the \d+ MiB in use, and the memory has 400 MiB/);
}, 20_000);

test.each(['allocate', 'allocate double'])(
  'a worker that fills its heap is ended (%s)',
  async (command) => {
    const { server, invoke } = await startCommands({ workers: 1, workerHeapMb: 64 });

    const death = await invoke(JSON.stringify([command]));
    const line = JSON.parse(await server.readLine(/a worker ended/));
    const later = await invoke('["later"]');

    expect([death.status, later.status]).toEqual([500, 200]);
    expect(line.reason).toMatch(/signal SIGABRT/);
  },
  20_000,
);

test.each([
  ['idle', undefined],
  ['in the middle of something', '["wait in native code"]'],
])('a worker ends with the server, even if that is killed (%s)', async (_, body) => {
  const { server, invoke } = await startCommands({ workers: 2 });
  const pids = new Set<number>();
  while (pids.size < 2) {
    const both = [askNumber(invoke, 'process'), askNumber(invoke, 'process')];
    for (const pid of await Promise.all(both)) pids.add(pid);
  }
  const pending = body === undefined ? undefined : invoke(body).catch(() => undefined);

  server.kill('SIGKILL');

  await Promise.all([...pids].map(waitForEnd));
  await pending;
});

test('what a worker has started ends with it', async () => {
  const { server, invoke } = await startCommands({ workers: 1 });
  const pid = await askNumber(invoke, 'start a process');

  await invoke('["segfault"]');
  await server.readLine(/a worker ended/);

  await waitForEnd(pid);
});

test('a signal from the keyboard is for the server alone', async () => {
  const { server, invoke } = await startCommands({ workers: 1 });
  const pid = await askNumber(invoke, 'process');

  const groups = await Promise.all(
    [server.pid, pid].map(
      async (id) => (await readFile(`/proc/${id}/stat`, 'utf8')).split(') ')[1]?.split(' ')[2],
    ),
  );

  expect(groups[1]).toBe(String(pid));
  expect(groups[0]).not.toBe(groups[1]);
});

test.each(['exit', 'throw', 'block'])(
  'no line is lost that a worker writes before it ends (%s)',
  async (end) => {
    const options = JSON.stringify({ isolation, workers: 1 });
    const program = startProgram('serve-fixture', 'last-words', options);
    const { url } = JSON.parse(await program.readLine(/"ready"/)) as { readonly url: string };

    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(end);
    fetch(`${url}/invocations`, { method: 'POST', headers, body }).catch(() => undefined);

    const lines: string[] = [];
    while (lines.length < 100) lines.push(await program.readLine(/^stdout/));
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => `stdout ${index + 1} before ${end}`));
  },
);

test('bodies of all sizes come and go as they are, many at once', async () => {
  const { invoke } = await startReadyServer('bytes', { isolation });
  const bodies = [0, 1, 1_000, 65_536, 65_537, 1_000_000, 20_000_000].flatMap((size) => [
    randomBytes(size + 1),
    randomBytes(size + 1),
  ]);

  const replies = await Promise.all(bodies.map((body) => invoke(body, octets)));
  const returned = await Promise.all(replies.map(async (reply) => Buffer.from(await reply.arrayBuffer())));

  expect(returned.every((body, index) => body.equals(bodies[index] as Buffer))).toBe(true);
}, 20_000);

test('a large body that no worker has begun is not lost with its worker', async () => {
  const { invoke } = await startReadyServer('bytes', { isolation });
  const large = randomBytes(1_000_000);

  const [crash, ...others] = await Promise.all([
    invoke('exit', octets),
    ...Array.from({ length: 5 }, () => invoke(large, octets)),
  ]);

  expect([crash?.status, ...others.map(({ status }) => status)]).toEqual([500, 200, 200, 200, 200, 200]);
});

test('the times of a worker process are of the same clock', async () => {
  const { server, invoke } = await startReadyServer('sums', { isolation });

  for (let count = 0; count < 3; count += 1) await invoke('[[1, 2]]');
  const text = await (await fetch(`${server.url}/metrics`)).text();

  const read = (name: string) => Number(new RegExp(`^optml_invocation_${name} (.*)$`, 'm').exec(text)?.[1]);
  const steps = ['queue', 'decode', 'predict', 'encode'].map((step) => read(`${step}_seconds_sum`));
  expect(read('predict_seconds_count')).toBe(3);
  expect(steps.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(read('duration_seconds_sum'));
  expect(Math.min(...steps)).toBeGreaterThan(0);
});

test('a model that a worker process cannot load fails the server, with the reason', async () => {
  await expect(startReadyServer('failing-load', { isolation })).rejects.toMatchObject({
    code: 'MODEL_LOAD_FAILED',
  });
});
