/** What user code can do to the server, in a worker and inline. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { threadId } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { startProgramWith, startProgramWithFiles } from './start-process.ts';
import { readReply, startReadyServer } from './start-server.ts';

test.each(['worker', 'process'] as const)(
  'ping answers while the worker is busy with a prediction (%s)',
  async (isolation) => {
    const { server, modelDirectory, heard, invoke } = await startReadyServer('commands', { isolation });
    const order: string[] = [];
    const prediction = invoke('["busy"]').then(() => order.push('prediction'));
    await heard('started busy');

    const ping = await fetch(`${server.url}/ping`);
    order.push('ping');
    await writeFile(`${modelDirectory}/flag`, '');
    await prediction;

    expect(ping.status).toBe(200);
    expect(order).toEqual(['ping', 'prediction']);
  },
);

test.each([
  ['worker', { isSameProcess: true, isSameThread: false }],
  ['process', { isSameProcess: false, isSameThread: false }],
  ['inline', { isSameProcess: true, isSameThread: true }],
] as const)('user code runs where it is meant to run (%s)', async (isolation, expected) => {
  const { invoke } = await startReadyServer('commands', { isolation });

  const [thread] = (await readReply(await invoke('["thread"]'))).predictions;
  const [pid] = (await readReply(await invoke('["process"]'))).predictions;

  const isSameProcess = pid === process.pid;
  expect({ isSameProcess, isSameThread: isSameProcess && thread === threadId }).toEqual(expected);
});

test.each([
  ['worker', 'segfault'],
  ['inline', 'segfault'],
  ['inline', 'abort'],
  ['inline', 'exit'],
  ['inline', 'uncaught'],
  ['inline', 'allocate'],
])('what a thread cannot keep to itself ends the server (%s, %s)', async (isolation, command) => {
  const options = JSON.stringify({ isolation, workers: { count: 1 } });
  const variables = { NODE_OPTIONS: '--max-old-space-size=64' };
  const server = startProgramWith(variables, 'serve-fixture', 'commands', options);
  const { url } = JSON.parse(await server.readLine(/"ready"/));

  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify([command]);
  const invocation = fetch(`${url}/invocations`, { method: 'POST', headers, body });

  await expect(invocation).rejects.toThrow('fetch failed');
  expect(await server.exited).not.toBe(0);
});

test.each(['worker', 'process'])(
  'connections that use up all open files end no server (%s)',
  async (isolation) => {
    const options = JSON.stringify({ isolation, workers: { count: 1 } });
    const server = startProgramWithFiles(100, 'serve-fixture', 'commands', options);
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const port = Number(new URL(url).port);
    const first = connect(port, '127.0.0.1').setEncoding('latin1');
    const ask = async (line: string, body = '') => {
      const head = `${line} HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: ${body.length}`;
      first.write(`${head}\r\n\r\n${body}`);
      const [reply] = await once(first, 'data');
      return String(reply).slice(0, 15);
    };
    await ask('GET /ping');
    const others = Array.from({ length: 100 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await Promise.race(others.map((socket) => new Promise((resolve) => socket.once('close', resolve))));

    // So long that its memory is looked at.
    const replies = [await ask('POST /invocations', 'nap\n200\n'), await ask('GET /metrics')];

    expect(replies).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
    for (const socket of [first, ...others]) socket.destroy();
  },
);

test.each(['worker', 'process', 'inline'] as const)(
  'many invocations are under way at once (%s)',
  async (isolation) => {
    const { tell, heard, invoke } = await startReadyServer('commands', { isolation });
    const first = invoke('["hold", "a"]');
    await heard('holding a');

    const others = await Promise.all(Array.from({ length: 50 }, (_, index) => invoke(`["n${index}"]`)));
    const labels = await Promise.all(others.map(async (reply) => (await readReply(reply)).predictions[0]));
    tell('release a');

    expect(labels).toEqual(Array.from({ length: 50 }, (_, index) => `n${index}`));
    expect((await readReply(await first)).predictions).toEqual(['hold']);
  },
);

test.each(['worker', 'process', 'inline'] as const)(
  'a client that leaves aborts the signal (%s)',
  async (isolation) => {
    const { server, heard, lines } = await startReadyServer('commands', { isolation });
    const socket = connect(server.port, '127.0.0.1');
    const body = '["hold", "a"]';
    socket.write(
      `POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await heard('holding a');

    socket.destroy();

    await heard('aborted the client left before the reply');
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  },
);

test.each(['worker', 'process', 'inline'] as const)(
  'a prediction that takes too long is 504 and aborted (%s)',
  async (isolation) => {
    const { heard, invoke } = await startReadyServer('commands', {
      isolation,
      limits: { invocationMs: 300 },
    });

    const reply = await invoke('["hold", "a"]');

    const { error } = await readReply(reply);
    expect([reply.status, error.code]).toEqual([504, 'INVOCATION_TIMEOUT']);
    expect(error.message).toMatch(/longer than 300 ms.*limits.invocationMs/);
    await heard(`aborted ${error.message}`);
  },
);

test.each(['worker', 'process', 'inline'] as const)(
  'an error of the author is told without its stack (%s)',
  async (isolation) => {
    const { invoke, lines } = await startReadyServer('commands', { isolation });

    const reply = await invoke('["throw"]', {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'request-1',
    });
    const text = await invoke('["throw text"]');

    expect(reply.status).toBe(500);
    expect(await readReply(reply)).toEqual({
      error: { code: 'PREDICTOR_FAILED', message: 'the predictor failed: the tree has no leaves' },
    });
    expect((await readReply(text)).error.message).toBe('the predictor failed: just text');
    const line = lines.find(({ fields }) => fields.requestId === 'request-1');
    expect(line?.level).toBe('error');
    expect(line?.fields.stack).toMatch(/TypeError: the tree has no leaves\n.*commands\.ts:\d+/s);
  },
);

test('a prediction that does not fit the output schema is the log’s business', async () => {
  const { invoke, lines } = await startReadyServer('commands');

  const reply = await invoke('["wrong"]');

  expect(reply.status).toBe(500);
  expect(await reply.text()).toMatch(/^{"error":{"code":"PREDICTION_INVALID",(?!.*secret)/);
  expect(lines.at(-1)?.fields).toMatchObject({
    cause: expect.stringMatching(/^prediction\[0\] is {"secret":"value"}/),
    stack: expect.stringContaining('prediction[0] is {"secret":"value"}'),
  });

  await invoke('["not awaited"]');

  expect(lines.at(-1)?.fields.cause).toBe(
    'prediction[0] is a promise: await it, or all of a list with Promise.all',
  );
});

test.each(['worker', 'process'] as const)(
  'the author’s log reaches the app with the request’s id, whatever its fields (%s)',
  async (isolation) => {
    const { invoke, lines } = await startReadyServer('commands', { isolation });

    await invoke('["log"]');

    const line = lines.find(({ message }) => message === 'a message of the author');
    expect(line).toMatchObject({ level: 'info', fields: { text: expect.stringContaining('requestId') } });
  },
);

test('the predictor sees the request’s id, attributes and headers, and the reply repeats the attributes', async () => {
  const { invoke } = await startReadyServer('commands');

  const reply = await invoke('["request"]', {
    'content-type': 'application/json; charset=utf-8',
    'x-amzn-sagemaker-inference-id': 'id-1',
    'x-amzn-sagemaker-custom-attributes': 'trace=7; a b',
    'x-amzn-sagemaker-target-variant': 'v1',
    'x-other': 'dropped',
  });

  const request = JSON.parse(String((await readReply(reply)).predictions[0]));
  expect(request).toMatchObject({
    requestId: 'id-1',
    contentType: 'application/json',
    customAttributes: 'trace=7; a b',
  });
  expect(request.headers).toMatchObject({ 'x-amzn-sagemaker-target-variant': 'v1' });
  expect(request.headers).not.toHaveProperty('x-other');
  expect(reply.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('trace=7; a b');
});

test('the author’s own routes are served, and what they leave is answered as JSON', async () => {
  const { server } = await startReadyServer('echo', {
    prepare: ({ app }) => {
      app.get('/version', (_request, response) => void response.json({ version: 1 }));
      app.get('/broken', () => {
        throw new Error('a secret path');
      });
      app.use('/ping', (_request, response) => void response.status(418).end());
    },
  });

  const version = await fetch(`${server.url}/version`);
  const missing = await fetch(`${server.url}/nothing?x=1`);
  const broken = await fetch(`${server.url}/broken`);
  const ping = await fetch(`${server.url}/ping`);

  expect(await readReply(version)).toEqual({ version: 1 });
  expect(version.headers.has('x-powered-by')).toBe(false);
  expect([missing.status, (await readReply(missing)).error.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  expect([broken.status, await broken.text()]).toEqual([500, expect.not.stringContaining('secret')]);
  expect(ping.status).toBe(200);
});

test('a connection is kept for longer than a proxy’s pool keeps it', async () => {
  const { server } = await startReadyServer('echo');
  const socket = connect(server.port, '127.0.0.1');

  socket.write('GET /ping HTTP/1.1\r\nhost: x\r\n\r\n');
  const [head] = await once(socket, 'data');
  socket.destroy();

  expect(String(head)).toMatch(/keep-alive: timeout=75/i);
});
