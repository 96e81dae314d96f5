/** What the pool promises when a predictor takes too much memory, or keeps it. */

import { expect, test } from 'vitest';
import { startProgram, startProgramWith } from './start-process.ts';
import { readReply, startReadyServer } from './start-server.ts';

test('a body is not refused for memory that others hold', async () => {
  const { tell, heard, invoke } = await startReadyServer('commands', { workers: { heapMiB: 128 } });
  const innocent = () => invoke('["grow", "40", "g"]');

  const statuses: number[] = [];
  for (let end = 0; end < 2; end += 1) {
    statuses.push((await invoke(`["keep", "80"]`)).status, (await innocent()).status);
  }
  const later = innocent();
  await heard('holding g', 3);
  tell('release g');

  expect(statuses).toEqual([200, 507, 200, 507]);
  expect((await later).status).toBe(200);
});

test.each(['allocate slowly', 'allocate bytes'])(
  'a body that takes all memory is refused (%s)',
  async (command) => {
    const server = startProgram(
      'serve-fixture',
      'commands',
      '{"workers":{"count":1,"memoryMiB":250,"heapMiB":64}}',
    );
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const headers = { 'content-type': 'application/json' };
    const invoke = () =>
      fetch(`${url}/invocations`, { method: 'POST', headers, body: JSON.stringify([command]) });

    const ends = [await invoke(), await invoke()].map(({ status }) => status);
    // An end that came before anybody could see whose memory it was convicts nobody.
    let last = await invoke();
    while (last.status === 507) last = await invoke();

    expect([...ends, last.status]).toEqual([507, 507, 422]);
  },
  60_000,
);

test('a worker whose heap is full of garbage is made to collect it, and is not ended', async () => {
  const { invoke, lines } = await startReadyServer('garbage', { workers: { heapMiB: 42 } });

  const statuses = new Set<number>();
  const sendAll = async () => {
    for (let count = 0; count < 25; count += 1) statuses.add((await invoke('[10000]')).status);
  };
  await Promise.all(Array.from({ length: 4 }, sendAll));

  expect([...statuses]).toEqual([200]);
  expect(lines.filter(({ message }) => message.includes('replaced'))).toEqual([]);
});

test.each(['allocate', 'allocate much', 'allocate double'])(
  'a predictor that allocates until its thread dies takes nothing else with it (%s)',
  async (command) => {
    const { invoke } = await startReadyServer('commands', { workers: { heapMiB: 64 } });

    const death = await invoke(JSON.stringify([command]));
    const later = await invoke('["later"]');

    const { error } = await readReply(death);
    expect([death.status, error.code]).toEqual([507, 'WORKER_OUT_OF_MEMORY']);
    expect(error.message).toMatch(/memory/);
    expect(later.status).toBe(200);
  },
  60_000,
);

test.each([
  ['--max-old-space-size=100', 'allocate double'],
  ['--max-heap-size=100', 'allocate much'],
  ['--max_old_space_size=100', 'allocate'],
])(
  'a heap limit of the process (%s) does not make a prediction the end of it (%s)',
  async (flag, command) => {
    const options = '{"workers":{"count":1,"heapMiB":250}}';
    const server = startProgramWith({ NODE_OPTIONS: flag }, 'serve-fixture', 'commands', options);
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const headers = { 'content-type': 'application/json' };
    const invoke = (body: string) => fetch(`${url}/invocations`, { method: 'POST', headers, body });
    // What needs more than the flag allows, and less than the share of the worker.
    const large = await invoke('["keep", "150"]');

    const death = await invoke(JSON.stringify([command]));
    const later = await invoke('["later"]');

    expect([large.status, death.status, later.status]).toEqual([200, 507, 200]);
  },
  60_000,
);

test('a predictor that fills the memory outside of its heap is ended before the process is', async () => {
  const server = startProgram('serve-fixture', 'commands', '{"workers":{"count":1,"memoryMiB":250}}');
  const { url } = JSON.parse(await server.readLine(/"ready"/));
  const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-inference-id': 'request-3' };
  const invoke = (body: string) => fetch(`${url}/invocations`, { method: 'POST', headers, body });

  const death = await invoke('["allocate bytes"]');
  const later = await invoke('["later"]');
  const line = JSON.parse(await server.readLine(/a worker ended/));

  const { error } = await readReply(death);
  expect([death.status, error.code, later.status]).toEqual([507, 'WORKER_OUT_OF_MEMORY', 200]);
  expect(error.message).toMatch(/it holds the most, \d+ MiB of \d+ MiB in use, and the limit is 250 MiB/);
  expect(line.requestIds).toEqual(['request-3']);
});

test.each([
  [300, 150],
  [100, 64],
])(
  'a heap limit of the process (%i MiB) is shared out, and the log says so',
  async (totalHeapMiB, workerHeapMiB) => {
    const workers = { count: 2, memoryMiB: 1_000, totalHeapMiB };
    const { lines } = await startReadyServer('commands', { workers });

    expect(lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'the heap limit of Node is shared by all workers',
        fields: { workers: 2, totalHeapMiB, workerHeapMiB, withoutLimitMiB: 300 },
      },
    ]);
  },
);

test('a heap limit of the process that is above what workers get is not worth a word', async () => {
  const { lines } = await startReadyServer('commands', {
    workers: { count: 2, memoryMiB: 1_000, totalHeapMiB: 601 },
  });

  expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
});
