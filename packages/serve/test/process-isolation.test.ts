/** What only a worker in a process of its own can promise, and that it costs nothing of what the others promise. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
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
  while (!(await isOver())) await pause(5);
}

/** Asks until each of two workers has answered, and gives the ids of their processes. */
async function askBothWorkers(invoke: Invoke): Promise<readonly number[]> {
  const pids = new Set<number>();
  while (pids.size < 2) {
    const both = [askNumber(invoke, 'process'), askNumber(invoke, 'process')];
    for (const pid of await Promise.all(both)) pids.add(pid);
  }
  return [...pids];
}

/** The memory in MiB that is of these processes alone. */
async function sumResidentMiB(...pids: readonly number[]): Promise<number> {
  const read = async (pid: number) =>
    Number(/^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (await Promise.all(pids.map(read))).reduce((sum, kibibytes) => sum + kibibytes, 0) / 1_024;
}

/** Starts a server of its own process. */
async function startCommands(options: object = {}) {
  const server = startProgram('serve-fixture', 'commands', JSON.stringify({ isolation, ...options }));
  const { url } = JSON.parse(await server.readLine(/"ready"/)) as { readonly url: string };
  const headers = { 'content-type': 'application/json' };
  const invoke = (body: string) => fetch(`${url}/invocations`, { method: 'POST', headers, body });
  return { server, invoke };
}

test.each([
  ['segfault', 500, /signal SIGSEGV/],
  ['abort', 500, /signal SIGABRT/],
  ['exit', 500, /exit code 7/],
  ['block without end', 504, /still busy \d+ ms after the time of an invocation was over/],
  ['wait in native code', 504, /still busy/],
  ['compute in native code', 504, /still busy/],
] as const)(
  'what ends a worker ends it alone (%s)',
  async (command, status, reason) => {
    const options = { isolation, workers: { count: 2 }, limits: { invocationMs: 1_000 } } as const;
    const { server, lines, invoke } = await startReadyServer('commands', options);
    await askBothWorkers(invoke);
    const findEnds = () => lines.filter(({ message }) => message === 'a worker ended and is replaced');

    const guilty = invoke(JSON.stringify([command]));
    const others: number[] = [];
    while (findEnds().length === 0) {
      for (const reply of [await invoke('["beside"]'), await fetch(`${server.url}/ping`)]) {
        others.push(reply.status);
      }
      await pause(10);
    }
    await askBothWorkers(invoke);

    expect((await guilty).status).toBe(status);
    expect(new Set(others)).toEqual(new Set([200]));
    expect(findEnds().map(({ fields }) => fields.reason)).toEqual([expect.stringMatching(reason)]);
  },
  60_000,
);

test('a worker that the kernel ends is replaced, and its memory is back', async () => {
  const { server, invoke } = await startCommands({ workers: { count: 1 } });
  const first = await askNumber(invoke, 'process');
  const score = await readFile(`/proc/${first}/oom_score_adj`, 'utf8');
  const restingMiB = await sumResidentMiB(server.pid, first);
  await invoke('["keep", "200"]');
  const heldMiB = await sumResidentMiB(server.pid, first);

  process.kill(first, 'SIGKILL');
  const line = JSON.parse(await server.readLine(/a worker ended/));
  const second = await askNumber(invoke, 'process');
  const freeMiB = await sumResidentMiB(server.pid, second);

  expect(line.reason).toMatch(/signal SIGKILL with \d+ MiB of memory in use: the kernel sends it/);
  // Where memory runs out, a worker is chosen before the server.
  expect(Number(score)).toBe(500);
  expect(existsSync(`/proc/${first}`)).toBe(false);
  expect(heldMiB - restingMiB).toBeGreaterThan(190);
  expect(freeMiB - restingMiB).toBeLessThan(50);
});

test('a server that is stopped while a worker is stuck in native code ends well', async () => {
  const { server, invoke } = await startCommands({
    workers: { count: 2 },
    drain: { graceMs: 0, timeoutMs: 300 },
  });
  const pids = await askBothWorkers(invoke);
  const stuck = invoke('["wait in native code"]');
  await server.readLine(/waiting/);

  server.kill('SIGTERM');
  const reply = await stuck;
  const exitCode = await server.exited;

  expect([reply.status, (await readReply(reply)).error.code]).toEqual([503, 'SERVER_CLOSED']);
  expect(exitCode).toBe(0);
  await Promise.all(pids.map(waitForEnd));
});

test('a worker that takes too much memory outside of its heap is ended', async () => {
  const { server, invoke } = await startCommands({ workers: { count: 1, memoryMiB: 400 } });

  const death = await invoke('["allocate bytes"]');
  const line = JSON.parse(await server.readLine(/a worker ended/));
  const later = await invoke('["later"]');

  expect([death.status, later.status]).toEqual([507, 200]);
  expect(line.reason).toMatch(/it holds the most, \d+ MiB of \d+ MiB in use, and the limit is 400 MiB/);
});

test.each(['allocate', 'allocate double', 'allocate much'])(
  'a worker that fills its heap is ended (%s)',
  async (command) => {
    const { server, invoke } = await startCommands({ workers: { count: 1, heapMiB: 64 } });

    const death = await invoke(JSON.stringify([command]));
    const line = JSON.parse(await server.readLine(/a worker ended/));
    const later = await invoke('["later"]');

    expect([death.status, later.status]).toEqual([507, 200]);
    expect(line.reason).toMatch(/signal SIGABRT: V8 ran out of memory, its heap limit is 64 MiB/);
  },
  60_000,
);

test.each([
  ['idle', undefined],
  ['in the middle of something', '["wait in native code"]'],
])('a worker ends with the server, even if that is killed (%s)', async (_, body) => {
  const { server, invoke } = await startCommands({ workers: { count: 2 } });
  const pids = await askBothWorkers(invoke);
  const pending = body === undefined ? undefined : invoke(body).catch(() => undefined);

  server.kill('SIGKILL');

  await Promise.all(pids.map(waitForEnd));
  await pending;
});

test('what a worker has started ends with it', async () => {
  const { server, invoke } = await startCommands({ workers: { count: 1 } });
  const pid = await askNumber(invoke, 'start a process');

  await invoke('["segfault"]');
  await server.readLine(/a worker ended/);

  await waitForEnd(pid);
});

test('a signal from the keyboard is for the server alone', async () => {
  const { server, invoke } = await startCommands({ workers: { count: 1 } });
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
    const options = JSON.stringify({ isolation, workers: { count: 1 } });
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
});

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
