/** Conversations on WebSocket connections, through real sockets, wherever the predictor runs. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { expect, test } from 'vitest';
import { readReply, startReadyServer, startServer, waitForPing, waitForWorkers } from './start-server.ts';
import { connect, connectRaw } from './web-socket-client.ts';

const isolations = ['inline', 'worker', 'process'] as const;
const path = '/invocations-bidirectional-stream';

/** Gives the figures of connections that have been closed, as soon as there are so many. */
async function countCloses(url: string, count: number): Promise<readonly string[]> {
  const read = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return [...text.matchAll(/^optml_connections_closed_total\{code="(.*)"\} (.*)$/gm)].flatMap(
      ([, code = '', times]) => Array<string>(Number(times)).fill(code),
    );
  };
  await expect.poll(async () => (await read()).length).toBe(count);
  return (await read()).sort();
}

test.each(isolations)('messages of every kind go both ways (%s)', async (isolation) => {
  const { server } = await startReadyServer('bidirectional', { isolation });
  const { send, next, closed } = await connect(server.url);
  const large = new Uint8Array(200_000).fill(7);

  send('hello é');
  expect(await next()).toBe('hello é');
  send(new Uint8Array([1, 0, 255]));
  expect(await next()).toEqual(new Uint8Array([1, 0, 255]));
  send(large);
  expect(await next()).toEqual(large);
  send('');
  expect(await next()).toBe('');
  send('json');
  expect(JSON.parse(String(await next()))).toEqual({ scores: [0.5, 1], label: 'é' });
  expect(await next()).toBe('[1,2]');
  send('end');

  expect(await closed).toEqual([1000, '']);
  expect(await countCloses(server.url, 1)).toEqual(['1000']);
});

test.each(isolations)('parts of a message leave when they are yielded (%s)', async (isolation) => {
  const { server, tell } = await startReadyServer('bidirectional', { isolation });
  const { sendFrame, nextFrame } = await connectRaw(server.url);
  const read = async () => {
    const { isLast, opcode, payload } = await nextFrame();
    return [opcode, isLast, payload.toString()];
  };

  sendFrame(0x81, 'parts a b');
  expect(await read()).toEqual([1, false, 'a']);
  tell('after a');
  expect(await read()).toEqual([0, false, 'b']);
  tell('after b');
  expect(await read()).toEqual([0, true, '']);
  sendFrame(0x81, 'byteParts');
  expect(await read()).toEqual([2, false, '\x01\x01']);
  expect(await read()).toEqual([0, false, Buffer.from([200, 200]).toString()]);
  expect(await read()).toEqual([0, true, '']);
  sendFrame(0x81, 'noParts');
  expect(await read()).toEqual([1, true, '']);
});

test('fragments of a client are one message, whatever a cut goes through, with pings between them', async () => {
  const { server } = await startReadyServer('bidirectional', { isolation: 'inline' });
  const { sendFrame, nextFrame } = await connectRaw(server.url);
  const [start, end] = [Buffer.from('a é').subarray(0, 3), Buffer.from('a é').subarray(3)];

  sendFrame(0x01, start);
  sendFrame(0x89, 'are you there');
  const pong = await nextFrame();
  sendFrame(0x00, end);
  sendFrame(0x80, '!');
  const answer = await nextFrame();

  expect([pong.opcode, pong.payload.toString()]).toEqual([10, 'are you there']);
  expect([answer.opcode, answer.payload.toString()]).toEqual([1, 'a é!']);
});

test.each(isolations)('what a predictor throws is why it closes, and is logged (%s)', async (isolation) => {
  const { server, lines } = await startReadyServer('bidirectional', { isolation });
  const cases = [
    ['fail 200', 1011, /^PREDICTOR_FAILED: the predictor failed: the tree has no leaves é+…$/],
    ['refuse', 1007, /^INPUT_INVALID: the turn has no question$/],
    [
      'nan',
      1011,
      /^PREDICTION_UNENCODABLE: message 0 \(from zero\): writing json: \$ is NaN, which JSON cannot hold/,
    ],
    [
      'transferred',
      1011,
      /^PREDICTION_UNENCODABLE: message 0 \(from zero\): the memory of the array is gone/,
    ],
    [
      'mixed',
      1011,
      /^PREDICTION_UNENCODABLE: a part of message 0 .* cannot be sent: yield text alone or Uint8Array alone$/,
    ],
  ] as const;
  for (const [command, code, reason] of cases) {
    const { send, closed } = await connect(server.url);
    send(command);
    const [actual, text] = await closed;

    expect([command, actual]).toEqual([command, code]);
    expect(text).toMatch(reason);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(123);
  }
  expect(await countCloses(server.url, 5)).toEqual(['1007', '1011', '1011', '1011', '1011']);
  expect(lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.code)).toEqual([
    'PREDICTOR_FAILED',
    'PREDICTION_UNENCODABLE',
    'PREDICTION_UNENCODABLE',
    'PREDICTION_UNENCODABLE',
  ]);
});

test('what a client sends that cannot be taken closes the connection, and no other', async () => {
  const written: Buffer[] = [];
  const { server, lines } = await startReadyServer('bidirectional', {
    limits: { bodyBytes: 1_000, invocationMs: 2_000 },
    observe: { accessLog: { write: (bytes) => void written.push(bytes), format: 'json' } },
  });
  const other = await connect(server.url);
  const cases: readonly (readonly [
    code: number,
    reason: RegExp,
    frames: readonly [number, string | Uint8Array][],
  ])[] = [
    [
      1009,
      /^BODY_TOO_LARGE: the message is larger than 1000 bytes: .*, or raise MAX_CONTENT_LENGTH$/,
      Array(9).fill([0x01, 'x'.repeat(120)]),
    ],
    [
      1009,
      /^BODY_TOO_LARGE: the message has 16384 fragments: send it in fewer$/,
      Array(16_384).fill([0x01, '']),
    ],
    [
      1008,
      /^BODY_TOO_SLOW: the message took longer than 2000 ms: .*, or raise SAGEMAKER_MODEL_SERVER_TIMEOUT$/,
      [[0x01, 'half']],
    ],
    [
      1007,
      /^INPUT_INVALID: the text message is not UTF-8: send it as a binary message$/,
      [[0x81, new Uint8Array([0xff])]],
    ],
    [1002, /^WEBSOCKET_INVALID: the client sent .* not valid: invalid opcode 3$/, [[0x83, 'no such']]],
    [1002, /not valid: invalid opcode 0$/, [[0x80, 'a fragment of nothing']]],
    [1002, /not valid: RSV1 must be clear$/, [[0xc1, 'compressed, which was not agreed on']]],
    [1002, /not valid: FIN must be set$/, [[0x09, 'half a ping']]],
  ];
  for (const [code, reason, frames] of cases) {
    const { sendFrame, nextFrame, socket } = await connectRaw(server.url);
    for (const [index, [first, payload]] of frames.entries())
      sendFrame(index === 0 ? first : first & 0xf0, payload);
    const { opcode, payload } = await nextFrame();

    expect([opcode, payload.readUInt16BE()]).toEqual([8, code]);
    expect(payload.subarray(2).toString()).toMatch(reason);
    socket.destroy();
  }
  other.send('echo still here');
  expect(await other.next()).toBe('still here');
  other.socket.close(4000);
  const codes = [...cases.map(([code]) => String(code)), 'other'];
  expect(await countCloses(server.url, codes.length)).toEqual(codes.sort());
  expect(lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.code)).toEqual([
    'BODY_TOO_LARGE',
    'BODY_TOO_LARGE',
    'BODY_TOO_SLOW',
    'INPUT_INVALID',
    ...Array(4).fill('WEBSOCKET_INVALID'),
  ]);
  await server.close();
  const records = Buffer.concat(written)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.filter((record) => record.path === path)).toContainEqual(
    expect.objectContaining({ status: 101, code: 'BODY_TOO_LARGE', closeCode: 1009, method: 'GET' }),
  );
});

test('messages that take more memory than there is for bodies close their connection, and no other', async () => {
  const { server, heard, tell } = await startReadyServer('bidirectional', {
    isolation: 'inline',
    limits: { pendingBytes: 50_000 },
  });
  const [waiting, other] = await Promise.all([connect(server.url), connect(server.url)]);
  waiting.send('wait');
  await heard('waiting');

  waiting.send('x'.repeat(30_000));
  waiting.send('x'.repeat(30_000));
  const [code, reason] = await waiting.closed;
  expect(await countCloses(server.url, 1)).toEqual(['1013']);
  other.send('y'.repeat(40_000));

  expect([code, reason]).toEqual([
    1013,
    expect.stringMatching(/^QUEUE_FULL: .* bodies already take \d+ bytes/),
  ]);
  expect(await other.next()).toHaveLength(40_000);
  tell('go');
});

test('what cannot become a connection is an ordinary error', async () => {
  const { server } = await startReadyServer('bidirectional', {
    isolation: 'inline',
    workers: { connections: 1 },
  });
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const ask = async (headers: Record<string, string>, request = `GET ${path}`, version = '1.1') => {
    const { hostname, port } = new URL(server.url);
    const socket = connectTcp(Number(port), hostname);
    const lines = Object.entries({ host: 'a', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    // Not ended: a client that ends its side before it is answered has left.
    socket.write(`${request} HTTP/${version}\r\n${lines.join('')}\r\n`);
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.endsWith('}}')) break;
    }
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return [Number(head.split(' ')[1]), JSON.parse(body).error];
  };
  const refusal = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  expect(await ask({})).toEqual([426, refusal('UPGRADE_REQUIRED', /takes WebSocket connections only/)]);
  expect(await ask({ ...upgrade, 'sec-websocket-version': '7' })).toEqual([
    400,
    refusal('WEBSOCKET_INVALID', /Sec-WebSocket-Version is 7: use 13/),
  ]);
  expect(await ask({ ...upgrade, 'sec-websocket-key': 'short' })).toEqual([
    400,
    refusal('WEBSOCKET_INVALID', /Sec-WebSocket-Key is short/),
  ]);
  for (const protocols of ['a b', 'a, b, a']) {
    expect(await ask({ ...upgrade, 'sec-websocket-protocol': protocols })).toEqual([
      400,
      refusal('WEBSOCKET_INVALID', new RegExp(`Sec-WebSocket-Protocol is ${protocols}: `)),
    ]);
  }
  for (const body of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
    expect(await ask({ ...upgrade, ...body })).toEqual([400, refusal('WEBSOCKET_INVALID', /has a body/)]);
  }
  expect(await ask(upgrade, `GET ${path}`, '1.0')).toEqual([
    400,
    refusal('WEBSOCKET_INVALID', /is of HTTP\/1\.0: use HTTP\/1\.1$/),
  ]);
  expect(await ask(upgrade, `POST ${path}`)).toEqual([405, refusal('METHOD_NOT_ALLOWED', /not by POST/)]);
  expect(await ask(upgrade, `GET ${path}-metadata`)).toEqual([
    404,
    refusal(
      'ROUTE_NOT_FOUND',
      /-metadata: use a WebSocket connection to \/invocations-bidirectional-stream or \/v1\/realtime$/,
    ),
  ]);
  expect(await ask({ ...upgrade, 'x-amzn-sagemaker-model-invocation-path': 'v1/other' })).toEqual([
    403,
    refusal('ROUTE_NOT_ALLOWED', /"v1\/other".*use \/invocations-bidirectional-stream, \/v1\/realtime/),
  ]);
  for (const [header, what] of [
    ['X-Amzn-SageMaker-Session-Id', 'a session, "NEW_SESSION"'],
    ['X-Amzn-SageMaker-Adapter-Identifier', 'an adapter, "NEW_SESSION"'],
  ] as const) {
    expect(await ask({ ...upgrade, [header]: 'NEW_SESSION' })).toEqual([
      400,
      refusal('WEBSOCKET_INVALID', new RegExp(`${header} names ${what}.*: leave it out`)),
    ]);
  }
  const first = await connect(server.url);
  expect(await ask(upgrade)).toEqual([503, refusal('QUEUE_FULL', /already has 1 connections/)]);
  first.socket.terminate();
  await expect.poll(() => connect(server.url).then(({ socket }) => socket.protocol)).toBe('');
});

test('a predictor without the mode, and one that is not ready, refuse connections', async () => {
  const [without, starting] = await Promise.all([startReadyServer('echo'), startServer('slow-load')]);

  await expect(connect(without.server.url)).rejects.toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  await expect(connect(starting.server.url)).rejects.toMatchObject({ status: 503, code: 'MODEL_NOT_READY' });
});

test('a client asks for a path that the predictor has, with a query', async () => {
  const { server } = await startReadyServer('bidirectional', { isolation: 'inline' });
  const ask = async (options: Parameters<typeof connect>[1]) => {
    const { send, next, socket } = await connect(server.url, options);
    send('request');
    const request = JSON.parse(String(await next()));
    socket.terminate();
    return [request.requestId, request.headers['x-amzn-sagemaker-model-query-string']];
  };

  const direct = await ask({
    path: '/v1/realtime?model=a%20b',
    headers: { 'x-amzn-sagemaker-inference-id': 'one' },
  });
  const byHeader = await ask({
    headers: {
      'x-amzn-sagemaker-model-invocation-path': 'v1/realtime',
      'x-amzn-sagemaker-model-query-string': 'model=c',
      'x-amzn-sagemaker-request-id': 'two',
    },
  });

  expect([direct, byHeader]).toEqual([
    ['one', 'model=a%20b'],
    ['two', 'model=c'],
  ]);
});

test.each(isolations)(
  'a client that stalls stops the generator, and one that leaves ends it (%s)',
  async (isolation) => {
    const { server, heard, messages } = await startReadyServer('bidirectional', { isolation });
    for (const [command, code] of [
      ['flood', 1],
      ['floodParts', 2],
    ] as const) {
      const { send, socket } = await connect(server.url);

      send(`${command} 10000`);
      await heard('yielded 100', code);
      socket.pause();
      // The buffers of both sockets are full once nothing more is asked for.
      let seen = 0;
      const hasGrown = () => {
        const before = seen;
        seen = messages().length;
        return seen > before;
      };
      await expect.poll(hasGrown, { interval: 300 }).toBe(false);
      // Kernels hold some megabytes; the server a few fragments.
      const last = Math.max(...messages().map((line) => Number(/^yielded (\d+)$/.exec(line)?.[1] ?? 0)));
      expect(last * 10_000).toBeLessThan(64e6);
      socket.terminate();
      await heard('aborted CLIENT_LEFT', code);
      await heard('ended after 1', code);
    }
  },
);

test.each(isolations)('what the predictor does not take stops its client (%s)', async (isolation) => {
  const { server, heard, tell } = await startReadyServer('bidirectional', { isolation });
  const { send, next, socket } = await connect(server.url);
  const part = new Uint8Array(100_000).fill(1);

  send('wait');
  await heard('waiting');
  for (let count = 0; count < 300; count += 1) send(part);
  let before = -1;
  const hasSettled = () => {
    const isSame = before === socket.bufferedAmount;
    before = socket.bufferedAmount;
    return isSame;
  };
  await expect.poll(hasSettled, { interval: 300 }).toBe(true);
  const unsent = socket.bufferedAmount;
  tell('go');
  const answers = [];
  for (let count = 0; count < 301; count += 1) answers.push((await next()).length);

  // Of 30 MB, kernels hold some; the server one message.
  expect(unsent).toBeGreaterThan(10e6);
  expect([answers[0], new Set(answers.slice(1))]).toEqual([4, new Set([100_000])]);
});

test.each(isolations)(
  'pings are answered while the predictor is busy, and a closed connection ends it (%s)',
  async (isolation) => {
    const { server, heard, tell } = await startReadyServer('bidirectional', { isolation });
    const { send, next, socket, closed } = await connect(server.url);

    send('wait');
    await heard('waiting');
    socket.ping();
    await once(socket, 'pong');
    tell('go');
    expect(await next()).toBe('gone');
    socket.close(1000);
    await heard('the client has closed');
    await heard('aborted CLIENT_LEFT');

    expect(await closed).toEqual([1000, '']);
    expect(await countCloses(server.url, 1)).toEqual(['1000']);
  },
);

test('a client that answers pings may be silent, one that does not is gone, and time ends either', async () => {
  const { server, heard } = await startReadyServer('bidirectional', {
    isolation: 'inline',
    limits: { pingMs: 100, connectionMs: 1_000 },
  });
  const [silent, dead] = await Promise.all([connect(server.url), connect(server.url, { autoPong: false })]);

  const [code] = await dead.closed;
  const [last, reason] = await silent.closed;
  await heard('aborted CLIENT_LEFT');
  await heard('aborted INVOCATION_TIMEOUT');

  expect([code, last]).toEqual([1006, 1001]);
  expect(reason).toMatch(
    /^INVOCATION_TIMEOUT: .* for 1000 ms: .*, or raise OPTML_CONNECTION_TIMEOUT_SECONDS$/,
  );
  expect(await countCloses(server.url, 2)).toEqual(['1001', '1006']);
});

test.each([
  [
    'worker',
    [
      ['exit', 'WORKER_EXITED'],
      ['grow', 'WORKER_OUT_OF_MEMORY'],
    ],
  ],
  [
    'process',
    [
      ['exit', 'WORKER_EXITED'],
      ['segfault', 'WORKER_EXITED'],
      ['grow', 'WORKER_OUT_OF_MEMORY'],
    ],
  ],
] as const)(
  'a worker that ends takes its connections along, and no others (%s)',
  async (isolation, ends) => {
    const { server, lines } = await startReadyServer('bidirectional', {
      isolation,
      workers: { count: 2, heapMiB: 64 },
    });
    for (const [index, [command, errorCode]] of ends.entries()) {
      await waitForWorkers(server.url, 2);
      const headers = { 'x-amzn-sagemaker-inference-id': command };
      const doomed = await connect(server.url, { headers });
      // It goes to the worker with the fewest.
      const other = await connect(server.url);
      doomed.send('echo alive');
      expect(await doomed.next()).toBe('alive');

      doomed.send(command);
      const [code, reason] = await doomed.closed;
      const { status } = await fetch(`${server.url}/ping`);
      other.send('echo alive');

      const message = 'the worker that runs the predictor ended unexpectedly: open another connection';
      expect([code, reason, status]).toEqual([1011, `${errorCode}: ${message}`, 200]);
      expect(await other.next()).toBe('alive');
      expect(lines).toContainEqual({
        level: 'error',
        message: 'a worker ended and is replaced',
        fields: expect.objectContaining({ code: errorCode, connectionIds: [command] }),
      });
      other.socket.terminate();
      await countCloses(server.url, 2 * (index + 1));
    }
  },
  60_000,
);

test.each(isolations)('a server that drains waits for connections that end (%s)', async (isolation) => {
  const { server, messages } = await startReadyServer('bidirectional', {
    isolation,
    drain: { silenceMs: 60_000 },
  });
  const { send, next, closed } = await connect(server.url);

  const closing = server.close();
  send('echo last words');
  expect(await next()).toBe('last words');
  send('end');

  expect(await closed).toEqual([1000, '']);
  await closing;
  expect(messages()).not.toContain('aborted SERVER_CLOSED');
});

test.each(isolations)(
  'a server that drains closes a connection on which nobody says anything (%s)',
  async (isolation) => {
    const { server, heard, tell } = await startReadyServer('bidirectional', {
      isolation,
      drain: { silenceMs: 20 },
    });
    const [silent, busy] = await Promise.all([connect(server.url), connect(server.url)]);
    const speaking = await connectRaw(server.url);
    silent.send('echo before');
    expect(await silent.next()).toBe('before');
    busy.send('wait');
    await heard('waiting');
    speaking.sendFrame(0x01, 'half a ');
    // Its answer says that the fragment before it has arrived.
    speaking.sendFrame(0x89, '');
    expect((await speaking.nextFrame()).opcode).toBe(0x0a);

    const closing = server.close();
    const end = [1001, 'SERVER_CLOSED: the server is closing: open another connection, to another instance'];
    expect([await silent.next(), await silent.closed]).toEqual(['goodbye', end]);
    // What is under way is lost on neither side.
    busy.send('echo asked meanwhile');
    busy.socket.ping();
    await once(busy.socket, 'pong');
    tell('go');
    expect([await busy.next(), await busy.next(), await busy.next()]).toEqual([
      'gone',
      'asked meanwhile',
      'goodbye',
    ]);
    speaking.sendFrame(0x80, 'message');
    const frames = [await speaking.nextFrame(), await speaking.nextFrame()];
    expect(frames.map(({ payload }) => payload.toString())).toEqual(['half a message', 'goodbye']);
    expect(await busy.closed).toEqual(end);
    speaking.socket.destroy();
    await closing;
  },
);

test.each(isolations)(
  'a server that drains warns the others, and closes the rest (%s)',
  async (isolation) => {
    const written: Buffer[] = [];
    const { server, heard } = await startReadyServer('bidirectional', {
      isolation,
      drain: { timeoutMs: 100, streamTimeoutMs: 1_500 },
      observe: { accessLog: { write: (bytes) => void written.push(bytes), format: 'json' } },
    });
    const [warned, deaf] = await Promise.all([connect(server.url), connect(server.url)]);
    warned.send('farewell');
    deaf.send('stuck');
    await Promise.all([heard('ready'), heard('stuck')]);

    const closing = server.close();
    expect([await warned.next(), await warned.next()]).toEqual(['farewell', 'goodbye']);
    const [code, reason] = await warned.closed;
    const [last] = await deaf.closed;
    await closing;

    expect([code, last]).toEqual([1001, 1001]);
    expect(reason).toMatch(/^SERVER_CLOSED: the server is closing: open another connection/);
    const lines = Buffer.concat(written).toString().trim().split('\n');
    const closes = lines.map((line) => JSON.parse(line)).filter((line) => line.path === path);
    expect(closes.map(({ closeCode }) => closeCode)).toEqual([1001, 1001]);
  },
);

test('a server that drains takes no new connections', async () => {
  const { server } = await startReadyServer('bidirectional', { drain: { graceMs: 2_000 } });
  const closing = server.close();

  await expect(connect(server.url)).rejects.toMatchObject({ status: 503, code: 'SERVER_CLOSED' });
  await closing;
});

test.each(isolations)('a connection keeps no invocation from the worker (%s)', async (isolation) => {
  const { server, invoke } = await startReadyServer('both-ways', { isolation });
  const { send, next, socket } = await connect(server.url);

  send('4');
  expect(await next()).toBe('8');
  expect(await readReply(await invoke('[1, 2]'))).toEqual({ predictions: [2, 4] });
  send('5');
  expect(await next()).toBe('10');
  socket.terminate();
});

test('a connection whose generator is stuck leaves its place, and a predictor of connections alone answers no invocations', async () => {
  const { server, invoke, heard } = await startReadyServer('bidirectional', { workers: { connections: 1 } });
  const stuck = await connect(server.url);
  stuck.send('stuck');
  await heard('stuck');
  stuck.socket.terminate();
  await expect.poll(() => connect(server.url).then(({ socket }) => socket.terminate())).toBe(undefined);

  const reply = await invoke('[1]');

  expect([reply.status, (await readReply(reply)).error]).toEqual([
    404,
    { code: 'ROUTE_NOT_FOUND', message: expect.stringContaining('the predictor has no predict') },
  ]);
});

test('generators that are stuck hold up nobody, and more than a hundred that were left cost a worker', async () => {
  const { server, heard, lines } = await startReadyServer('bidirectional', { workers: { connections: 200 } });
  const ending = await Promise.all(Array.from({ length: 101 }, () => connect(server.url)));
  for (const { socket } of ending) socket.terminate();
  await heard('ended after 0', ending.length);
  const stuck = await Promise.all(Array.from({ length: 101 }, () => connect(server.url)));
  for (const { send } of stuck) send('stuck');
  await heard('stuck', stuck.length);
  const other = await connect(server.url);

  other.send('echo not held up');
  expect(await other.next()).toBe('not held up');
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
  for (const { socket } of stuck) socket.terminate();

  expect(await other.closed).toEqual([1011, expect.stringMatching(/^WORKER_EXITED: .*: open another/)]);
  expect(lines.find(({ message }) => message === 'a worker ended and is replaced')?.fields.reason).toContain(
    '101 connections were given up and have never ended: let predictBidirectional observe `signal`',
  );
  await waitForPing(server.url, 200);
  const later = await connect(server.url);
  later.send('echo again');
  expect(await later.next()).toBe('again');
});

test.each(['worker', 'process'] as const)(
  'a generator that loops without end is ended soon after its client has left, and by a server that drains (%s)',
  async (isolation) => {
    const drain = { timeoutMs: 100, streamTimeoutMs: 200 };
    const { server, heard, lines } = await startReadyServer('bidirectional', { isolation, drain });
    const headers = { 'x-amzn-sagemaker-inference-id': 'looping' };
    const left = await connect(server.url, { headers });
    left.send('loop');
    await heard('looping');
    left.socket.ping();
    await once(left.socket, 'pong');
    left.socket.terminate();
    const findEnd = () => lines.find(({ message }) => message.endsWith('is replaced'))?.fields;
    await expect.poll(findEnd).toMatchObject({
      reason: expect.stringMatching(/gave no sign of life for \d+ ms, and a connection is over/),
      connectionIds: ['looping'],
    });
    await waitForPing(server.url, 200);
    const last = await connect(server.url);
    last.send('loop');
    await heard('looping', 2);

    await server.close();

    expect(await last.closed).toEqual([1001, expect.stringMatching(/^SERVER_CLOSED/)]);
    // It is not given the time that any other worker has to unload.
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'a worker is ended without unloading its model',
      fields: { reason: 'it did not notice that its connections were over' },
    });
  },
  60_000,
);

test('an invocation that asks for HTTP/2 is answered as it is', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline' });
  const { hostname, port } = new URL(server.url);
  const socket = connectTcp(Number(port), hostname);
  socket.write(
    'POST /invocations HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Type: text/csv\r\nContent-Length: 4\r\n\r\n1,',
  );
  await once(socket, 'ready');
  socket.end('2\n');
  let text = '';
  for await (const chunk of socket) text += chunk;

  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('the predictor of the document converses', async () => {
  const document = await readFile(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
  const section = /^## Bidirectional streaming$(.*?)^## /ms.exec(document)?.[1] ?? '';
  const fixture = await readFile(new URL('./fixtures/answers.ts', import.meta.url), 'utf8');
  const { server } = await startReadyServer('answers', { isolation: 'inline' });
  const { send, next, closed } = await connect(server.url);

  send('two words');
  const answer = await next();
  send(new Uint8Array(1));

  expect(section).toContain(fixture.slice(fixture.indexOf('import')));
  expect(answer).toBe('TWO WORDS ');
  expect(await closed).toEqual([1007, 'INPUT_INVALID: ask in text, not in bytes']);
});
