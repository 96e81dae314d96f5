/** What the pool promises when a predictor crashes, blocks, leaks or hangs. */

import { expect, test } from 'vitest';
import { startProgram, startProgramWith } from './start-process.ts';
import { readReply, startReadyServer, startServer } from './start-server.ts';

const isolations = ['worker', 'process'] as const;

/** Asks until the health check says so: the platform does the same. */
async function waitForPing(url: string, status: number): Promise<void> {
  while ((await fetch(`${url}/ping`)).status !== status);
}

test.each([
  ['exit', 'worker', /exit code 7/],
  ['uncaught', 'worker', /thrown where nobody waits/],
  ['exit', 'process', /exit code 7/],
  ['uncaught', 'process', /thrown where nobody waits/],
  ['segfault', 'process', /signal SIGSEGV/],
  ['abort', 'process', /signal SIGABRT/],
] as const)(
  'a crash (%s, %s) fails only what the worker had begun, and it is replaced',
  async (command, isolation, reason) => {
    const { app, server, lines, invoke } = await startReadyServer('commands', { isolation });

    const crash = await invoke(JSON.stringify([command]), {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'request-7',
    });
    const later = await invoke('["later"]');

    const { error } = await readReply(crash);
    expect([crash.status, error.code]).toEqual([500, 'WORKER_EXITED']);
    expect(error.message).toMatch(reason);
    expect(later.status).toBe(200);
    await waitForPing(server.url, 200);
    expect(app.state).toBe('ready');
    const line = lines.find(({ message }) => message === 'a worker ended and is replaced');
    expect(line?.fields).toMatchObject({ code: 'WORKER_EXITED', requestIds: ['request-7'] });
  },
);

test.each(isolations)('what waits behind a crash is answered by the next worker (%s)', async (isolation) => {
  const { invoke, lines } = await startReadyServer('commands', { isolation });

  const replies = await Promise.all([
    invoke('["block", "200"]'),
    invoke('["exit"]'),
    ...Array.from({ length: 20 }, (_, index) => invoke(`["n${index}"]`)),
  ]);

  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status === 500)).toHaveLength(1);
  expect(statuses.filter((status) => status === 200)).toHaveLength(21);
  expect(lines.filter(({ message }) => message === 'a worker ended and is replaced')).toHaveLength(1);
});

test.each(isolations)(
  'what comes in messages of its own while a worker is busy is begun one after another (%s)',
  async (isolation) => {
    const { server, heard, invoke } = await startReadyServer('commands', { isolation });
    const replies = [invoke('["block", "300"]')];
    await heard('started block');

    for (const command of ['a', 'b', 'exit', 'c', 'd']) {
      replies.push(invoke(JSON.stringify([command])));
      // Once that is answered, the request before it has been sent to the worker.
      await fetch(`${server.url}/ping`);
    }

    const statuses = (await Promise.all(replies)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 500, 200, 200]);
  },
);

test.each(isolations)(
  'ping is 503 while no worker is alive, and 200 again with the next one (%s)',
  async (isolation) => {
    const { server, invoke } = await startReadyServer('commands', { isolation });
    const crash = invoke('["exit"]');

    await waitForPing(server.url, 503);
    await waitForPing(server.url, 200);

    expect((await crash).status).toBe(500);
  },
);

test('ping stays 200 while another worker is alive', async () => {
  const { server, tell, heard, invoke } = await startReadyServer('commands', { workers: { count: 2 } });
  await bothWorkersAnswer(invoke);
  const held = invoke('["hold", "a"]');
  await heard('holding a');

  await invoke('["exit"]');
  const ping = await fetch(`${server.url}/ping`);
  tell('release a');

  expect(ping.status).toBe(200);
  expect((await held).status).toBe(200);
});

test.each(isolations)(
  'a request that ended two workers is refused, and others are not (%s)',
  async (isolation) => {
    const { invoke } = await startReadyServer('commands', { isolation });

    const first = await invoke('["exit"]');
    const second = await invoke('["exit"]');
    const third = await invoke('["exit"]');
    const other = await invoke('["other"]');

    expect([first.status, second.status]).toEqual([500, 500]);
    const { error } = await readReply(third);
    expect([third.status, error.code]).toEqual([422, 'REQUEST_QUARANTINED']);
    expect(error.message).toMatch(/has ended 2 workers and is refused/);
    expect(other.status).toBe(200);
  },
);

test('a request that was only near a crash is not refused', async () => {
  const { tell, heard, invoke } = await startReadyServer('commands');
  const near = () => invoke('["hold", "a"]');
  const first = near();
  await heard('holding a');
  await invoke('["exit"]');
  await first;

  const second = near();
  await heard('holding a', 2);
  tell('release a');
  const [third, fourth] = [await second, near()];
  await heard('holding a', 3);
  tell('release a');

  expect([third.status, (await fourth).status]).toEqual([200, 200]);
});

test('a popular body that was near a crash twice over is not refused', async () => {
  const { tell, heard, invoke } = await startReadyServer('commands');
  const popular = () => invoke('["hold", "a"]');

  const ends: number[] = [];
  for (const crash of ['1', '2', '3']) {
    const [first, second] = [popular(), popular()];
    await heard('holding a', ends.length + 2);
    await invoke(`["exit", "${crash}"]`);
    ends.push((await first).status, (await second).status);
    // Alone, it does no harm.
    const alone = popular();
    await heard('holding a', ends.length + 1);
    tell('release a');
    ends.push((await alone).status);
  }

  expect(ends).toEqual(Array.from({ length: 3 }, () => [500, 500, 200]).flat());
}, 20_000);

test('copies of a body that ends workers are refused while they wait', async () => {
  const { invoke, lines } = await startReadyServer('commands');

  const replies = await Promise.all(Array.from({ length: 20 }, () => invoke('["exit"]')));

  expect(replies.map(({ status }) => status).sort()).toEqual(
    [...Array.from({ length: 18 }, () => 422), 500, 500].sort(),
  );
  expect(lines.filter(({ message }) => message.includes('replaced'))).toHaveLength(2);
});

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

  expect(statuses).toEqual([200, 500, 200, 500]);
  expect((await later).status).toBe(200);
}, 20_000);

test.each(['allocate', 'allocate bytes'])(
  'a body that takes all memory is refused (%s)',
  async (command) => {
    const server = startProgram(
      'serve-fixture',
      'commands',
      '{"workers":{"count":1,"memoryMiB":400,"heapMiB":64}}',
    );
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const headers = { 'content-type': 'application/json' };
    const invoke = () =>
      fetch(`${url}/invocations`, { method: 'POST', headers, body: JSON.stringify([command]) });

    const ends = [await invoke(), await invoke()].map(({ status }) => status);
    // An end that came before anybody could see whose memory it was convicts nobody.
    let last = await invoke();
    while (last.status === 500) last = await invoke();

    expect([...ends, last.status]).toEqual([500, 500, 422]);
  },
  20_000,
);

test.each(isolations)(
  'a worker that is stuck past the deadline is ended and replaced (%s)',
  async (isolation) => {
    const { server, invoke, lines } = await startReadyServer('commands', {
      isolation,
      limits: { invocationMs: 100 },
    });

    const stuck = await invoke('["block", "60000"]', {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'request-9',
    });
    await waitForPing(server.url, 503);
    await waitForPing(server.url, 200);
    const later = await invoke('["later"]');

    expect([stuck.status, (await readReply(stuck)).error.code]).toEqual([504, 'INVOCATION_TIMEOUT']);
    expect(later.status).toBe(200);
    // A thread that gets no CPU is not seen to run JavaScript, and counts as lost.
    const line = lines.find(({ message }) => message.endsWith('is replaced'));
    expect(line?.fields.reason).toMatch(/still busy \d+ ms after the time of an invocation was over/);
    expect(line?.fields.requestIds).toEqual(['request-9']);
  },
);

test.each(isolations)(
  'a worker that is stuck costs nothing but the request that it is stuck in, however busy the others are (%s)',
  async (isolation) => {
    const options = { isolation, workers: { count: 2 }, limits: { invocationMs: 2_000 } };
    const { heard, invoke, lines } = await startReadyServer('commands', options);
    await bothWorkersAnswer(invoke);
    const guilty = invoke('["block without end"]');
    await heard('started block without end');

    const statuses = new Set<number>();
    const sendAll = async () => {
      while (!lines.some(({ message }) => message.includes('replaced'))) {
        statuses.add((await invoke('["block", "5"]')).status);
      }
    };
    await Promise.all(Array.from({ length: 16 }, sendAll));

    expect([(await guilty).status, ...statuses]).toEqual([504, 200]);
  },
  20_000,
);

test('a worker that was started for a request that blocks it is ended, too', async () => {
  const { server, invoke } = await startReadyServer('commands', { limits: { invocationMs: 1_000 } });

  const [crash, stuck] = await Promise.all([invoke('["exit"]'), invoke('["block", "60000"]')]);
  await waitForPing(server.url, 503);
  await waitForPing(server.url, 200);

  expect([crash.status, stuck.status]).toEqual([500, 504]);
});

test('a prediction that never settles fails alone', async () => {
  const { server, invoke, lines } = await startReadyServer('commands', { limits: { invocationMs: 500 } });

  const replies = await Promise.all([invoke('["never"]'), invoke('["other"]')]);
  const ping = await fetch(`${server.url}/ping`);

  expect(replies.map(({ status }) => status)).toEqual([504, 200]);
  expect(ping.status).toBe(200);
  expect(lines.filter(({ message }) => message.includes('replaced'))).toEqual([]);
});

test('a worker with a hundred predictions that never end is replaced', async () => {
  const { server, invoke, lines } = await startReadyServer('commands', { limits: { invocationMs: 50 } });

  await Promise.all(Array.from({ length: 110 }, () => invoke('["never"]')));
  await waitForPing(server.url, 503);
  await waitForPing(server.url, 200);

  expect(lines.find(({ message }) => message.includes('replaced'))?.fields.reason).toMatch(
    /observe `signal`/,
  );
}, 20_000);

test('a worker whose heap is full of garbage is made to collect it, and is not ended', async () => {
  const { invoke, lines } = await startReadyServer('garbage', { workers: { heapMiB: 42 } });

  const statuses = new Set<number>();
  const sendAll = async () => {
    for (let count = 0; count < 25; count += 1) statuses.add((await invoke('[10000]')).status);
  };
  await Promise.all(Array.from({ length: 4 }, sendAll));

  expect([...statuses]).toEqual([200]);
  expect(lines.filter(({ message }) => message.includes('replaced'))).toEqual([]);
}, 20_000);

test.each(['allocate', 'allocate much', 'allocate double'])(
  'a predictor that allocates until its thread dies takes nothing else with it (%s)',
  async (command) => {
    const { invoke } = await startReadyServer('commands', { workers: { heapMiB: 64 } });

    const death = await invoke(JSON.stringify([command]));
    const later = await invoke('["later"]');

    const { error } = await readReply(death);
    expect([death.status, error.code]).toEqual([500, 'WORKER_EXITED']);
    expect(error.message).toMatch(/memory/);
    expect(later.status).toBe(200);
  },
  20_000,
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

    expect([large.status, death.status, later.status]).toEqual([200, 500, 200]);
  },
  20_000,
);

test('a predictor that fills the memory outside of its heap is ended before the process is', async () => {
  const server = startProgram('serve-fixture', 'commands', '{"workers":{"count":1,"memoryMiB":400}}');
  const { url } = JSON.parse(await server.readLine(/"ready"/));
  const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-inference-id': 'request-3' };
  const invoke = (body: string) => fetch(`${url}/invocations`, { method: 'POST', headers, body });

  const death = await invoke('["allocate bytes"]');
  const later = await invoke('["later"]');
  const line = JSON.parse(await server.readLine(/a worker ended/));

  const { error } = await readReply(death);
  expect([death.status, error.code, later.status]).toEqual([500, 'WORKER_EXITED', 200]);
  expect(error.message).toMatch(/it holds the most, \d+ MiB of \d+ MiB in use, and the limit is 400 MiB/);
  expect(line.requestIds).toEqual(['request-3']);
}, 20_000);

test.each(isolations)(
  'what waits behind a long prediction moves to a worker that has nothing to do (%s)',
  async (isolation) => {
    const { heard, invoke } = await startReadyServer('commands', { isolation, workers: { count: 2 } });
    await bothWorkersAnswer(invoke);
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);

    // What comes in one message with a prediction is answered with it.
    const long = invoke('["block", "3000"]').then(note('long'));
    await heard('started block');
    await Promise.all([long, ...Array.from({ length: 9 }, () => invoke('["short"]').then(note('short')))]);

    expect(order.at(-1)).toBe('long');
  },
);

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

async function bothWorkersAnswer(invoke: (body: string) => Promise<Response>): Promise<void> {
  const workers = new Set<unknown>();
  while (workers.size < 2) {
    const replies = await Promise.all([invoke('["worker"]'), invoke('["worker"]')]);
    for (const reply of replies) workers.add((await readReply(reply)).predictions[0]);
  }
}

test('a pool that cannot recover fails the server, with the reason', async () => {
  const { app, server, invoke } = await startReadyServer('fails-later');

  const crash = await invoke('[1]');
  const failure = await server.closed().catch((error: unknown) => error);
  const [ping, later] = [await fetch(`${server.url}/ping`), await invoke('[1]')];

  expect(crash.status).toBe(500);
  expect(failure).toMatchObject({ code: 'MODEL_LOAD_FAILED', message: expect.stringContaining('is gone') });
  expect([app.state, ping.status, later.status]).toEqual(['failed', 503, 503]);
}, 20_000);

test('as many workers as asked for work at the same time', async () => {
  const { tell, heard, invoke } = await startReadyServer('commands', { workers: { count: 3 } });
  const replies = ['a', 'b', 'c'].map(async (id) => {
    const reply = invoke(`["hold", "${id}"]`);
    await heard(`holding ${id}`);
    return reply;
  });

  await Promise.all(['a', 'b', 'c'].map((id) => heard(`holding ${id}`)));
  for (const id of ['a', 'b', 'c']) tell(`release ${id}`);

  for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200);
});

test('closing while a worker is being replaced ends everything', async () => {
  const { app, server, invoke } = await startServer('commands');
  await server.ready();
  await invoke('["exit"]');

  await server.close();

  expect(app.state).toBe('stopped');
});
