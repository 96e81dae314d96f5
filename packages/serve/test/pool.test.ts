/** What the pool promises when a predictor crashes, and how requests are shared among workers. */

import { expect, test } from 'vitest';
import { openFifo } from './open-fifo.ts';
import { bothWorkersAnswer, readReply, startReadyServer, startServer, waitForPing } from './start-server.ts';

const isolations = ['worker', 'process'] as const;

test.each([
  ['exit', 'worker', /exit code 7/],
  ['uncaught', 'worker', /thrown where nobody waits/],
  ['uncaught null', 'worker', /ended unexpectedly: null/],
  ['exit', 'process', /exit code 7/],
  ['uncaught', 'process', /thrown where nobody waits/],
  ['uncaught null', 'process', /ended unexpectedly: null/],
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

test.each(isolations)('what a predictor sends to its parent is for nobody (%s)', async (isolation) => {
  const { invoke, lines } = await startReadyServer('commands', { isolation });

  const statuses = [(await invoke('["tell the parent"]')).status, (await invoke('["later"]')).status];

  expect(statuses).toEqual([200, 200]);
  expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

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

test.each([
  ['reject', 'worker'],
  ['exit behind', 'worker'],
  ['reject', 'process'],
  ['exit behind', 'process'],
] as const)(
  'a crash after a prediction whose reply has not left (%s, %s) fails that request alone',
  async (command, isolation) => {
    const { server, lines, invoke } = await startReadyServer('commands', { isolation });

    const [crash, ...others] = await Promise.all([
      invoke(JSON.stringify([command])),
      invoke('["a"]'),
      invoke('["b"]'),
    ]);

    // Mostly its reply is lost twice; one that leaves in time is an answer.
    const ends = lines.filter(({ message }) => message === 'a worker ended and is replaced');
    expect([`${crash.status} ${ends.length}`]).toEqual([expect.stringMatching(/^(?:500 2|200 [12])$/)]);
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    await waitForPing(server.url, 200);
  },
);

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
});

test('copies of a body that ends workers are refused while they wait', async () => {
  const { invoke, lines } = await startReadyServer('commands');

  const replies = await Promise.all(Array.from({ length: 20 }, () => invoke('["exit"]')));

  expect(replies.map(({ status }) => status).sort()).toEqual(
    [...Array.from({ length: 18 }, () => 422), 500, 500].sort(),
  );
  expect(lines.filter(({ message }) => message.includes('replaced'))).toHaveLength(2);
});

test.each(isolations)(
  'what waits behind a long prediction moves to a worker that has nothing to do (%s)',
  async (isolation) => {
    const { heard, invoke } = await startReadyServer('commands', { isolation, workers: { count: 2 } });
    await bothWorkersAnswer(invoke);
    const { path, release } = await openFifo();

    // What comes in one message with a prediction is answered with it.
    const long = invoke(JSON.stringify(['read', path]));
    await heard('started read');
    const others = await Promise.all(Array.from({ length: 9 }, () => invoke('["short"]')));
    release();

    const answers = await Promise.all([await long, ...others].map((reply) => reply.text()));
    expect(answers).toEqual([
      '{"predictions":["read"]}',
      ...Array.from({ length: 9 }, () => '{"predictions":["short"]}'),
    ]);
  },
);

test('a pool that cannot recover fails the server, with the reason', async () => {
  const { app, server, invoke } = await startReadyServer('fails-later');

  const crash = await invoke('[1]');
  const failure = await server.closed().catch((error: unknown) => error);
  const [ping, later] = [await fetch(`${server.url}/ping`), await invoke('[1]')];

  expect(crash.status).toBe(500);
  expect(failure).toMatchObject({ code: 'MODEL_LOAD_FAILED', message: expect.stringContaining('is gone') });
  expect([app.state, ping.status, later.status]).toEqual(['failed', 503, 503]);
});

test('workers that end as soon as they have loaded fail the server, with the reason', async () => {
  const { server, lines } = await startServer('ends-once-loaded');

  const failure = await server.closed().catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: 'WORKER_EXITED', message: expect.stringContaining('exit code 9') });
  const failures = lines.filter(({ message }) => message === 'a worker could not be started');
  expect(failures.map(({ fields }) => fields?.failures)).toEqual([1, 2, 3, 4, 5]);
});

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
