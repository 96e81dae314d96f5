/** How streamed replies end that do not end by themselves, and what they are while they last. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';
import { ask, readAll } from './stream-client.ts';

const isolations = ['inline', 'worker', 'process'] as const;

async function readMetrics(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

test.each(['worker', 'process'] as const)(
  'a worker that dies in the middle of a stream cuts off that one and no other (%s)',
  async (isolation) => {
    const { server, tell, lines } = await startReadyServer('streams', { isolation, workers: { count: 2 } });
    await expect.poll(() => readMetrics(server.url)).toContain('optml_workers_ready 2');
    const dying = await ask(server.url, '["exit"]', { 'x-amzn-sagemaker-inference-id': 'dying' });
    await once(dying, 'readable');
    const other = await ask(server.url, '["steps", "a"]');
    await once(other, 'readable');

    tell('exit');
    const cut = await readAll(dying);
    tell('after a');

    expect(cut).toEqual({ text: '"before"\n', isWhole: false });
    expect(await readAll(other)).toEqual({ text: '"a"\n', isWhole: true });
    const failed = lines.find(({ fields }) => fields.requestId === 'dying');
    expect([failed?.level, failed?.fields.code]).toEqual(['error', 'WORKER_EXITED']);
    expect(await readMetrics(server.url)).toContain('{code="WORKER_EXITED"} 1');
  },
);

test('a body whose streams end workers is refused', async () => {
  const { server, tell, invoke } = await startReadyServer('streams');
  for (let round = 0; round < 2; round += 1) {
    const reply = await ask(server.url, '["exit"]');
    await once(reply, 'readable');
    tell('exit');
    expect((await readAll(reply)).isWhole).toBe(false);
  }

  const refused = await invoke('["exit"]');

  expect([refused.status, (await readReply(refused)).error.code]).toEqual([422, 'REQUEST_QUARANTINED']);
  expect((await invoke('["count", "1"]')).status).toBe(200);
});

test.each(isolations)('a streamed reply has a time of its own (%s)', async (isolation) => {
  const limits = { streamMs: 1_000, pendingInvocations: 1 };
  const { server, heard, lines, invoke } = await startReadyServer('streams', { isolation, limits });

  const reply = await ask(server.url, '["steps", "a"]', { 'x-amzn-sagemaker-inference-id': 'long' });
  // Read from the beginning: what has come and is not read goes with the connection.
  const reading = readAll(reply);
  const meanwhile = await invoke('["count", "1"]');
  const cut = await reading;
  await heard('aborted INVOCATION_TIMEOUT');
  const later = await invoke('["count", "1"]');

  expect(cut).toEqual({ text: '"a"\n', isWhole: false });
  // It is under way until its end.
  expect([meanwhile.status, later.status]).toEqual([503, 200]);
  const line = lines.find(({ fields }) => fields.requestId === 'long');
  expect(line?.level).toBe('error');
  expect(line?.fields).toMatchObject({
    code: 'INVOCATION_TIMEOUT',
    replyBytes: 4,
    reason: expect.stringMatching(/longer than 1000 ms.*OPTML_STREAM_TIMEOUT_SECONDS.*limits\.streamMs/),
  });
});

test.each(isolations)(
  'a stream that ends while the server drains ends well, others are cut off (%s)',
  async (isolation) => {
    const drain = { graceMs: 0, timeoutMs: 50, streamTimeoutMs: 1_000 };
    const { server, tell, lines } = await startReadyServer('streams', { isolation, drain });
    const ending = await ask(server.url, '["steps", "a"]');
    const staying = await ask(server.url, '["steps", "b"]', { 'x-amzn-sagemaker-inference-id': 'stays' });
    const waiting = fetch(`${server.url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '["never"]',
    });
    // Its own answer is later than the beginning of the drain.
    await expect.poll(() => readMetrics(server.url)).toContain('optml_invocations_in_flight 3');

    const closed = server.close();
    const answered = await waiting;
    tell('after a');
    const [whole, cut] = await Promise.all([readAll(ending), readAll(staying)]);
    await closed;

    expect([answered.status, (await readReply(answered)).error.code]).toEqual([503, 'SERVER_CLOSED']);
    expect(whole).toEqual({ text: '"a"\n', isWhole: true });
    expect(cut).toEqual({ text: '"b"\n', isWhole: false });
    expect(lines.find(({ fields }) => fields.requestId === 'stays')?.fields.code).toBe('SERVER_CLOSED');
  },
);

function writeRequest(body: string, version: string, connection = 'keep-alive'): string {
  const headers = `content-type: application/json\r\naccept: application/jsonlines\r\nhost: x\r\nconnection: ${connection}`;
  return `POST /invocations HTTP/${version}\r\n${headers}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

test('a connection is kept after a stream, and the next of its requests waits for the end', async () => {
  const { server, tell } = await startReadyServer('streams', { isolation: 'inline' });
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.includes('"a"')) tell('after a');
  });

  socket.write(writeRequest('["steps", "a"]', '1.1') + writeRequest('["count", "2"]', '1.1'));
  await expect.poll(() => text).toMatch(/"a".*\r\n0\r\n\r\nHTTP.*2\r\n0\n\r\n2\r\n1\n\r\n0\r\n\r\n$/s);
  socket.destroy();
});

test.each([
  ['1.0', '["count", "2"]', /\r\n\r\n0\n1\n$/, undefined],
  ['1.1', '["count", "2"]', /\r\n1\n\r\n0\r\n\r\n$/, undefined],
  // Without its reset, it would seem to be whole: HTTP/1.0 has no chunks, and not all clients wait for the last of them.
  ['1.0', '["fail", "2"]', /\r\n\r\n"xx"\n$/, 'ECONNRESET'],
  ['1.1', '["fail", "2"]', /\r\n"xx"\n\r\n$/, 'ECONNRESET'],
])(
  'a reply whose connection closes behind it is cut by a reset (HTTP/%s, %s)',
  async (version, body, end, code) => {
    const { server } = await startReadyServer('streams', { isolation: 'inline' });
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    let error: NodeJS.ErrnoException | undefined;
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (thrown) => {
      error = thrown;
    });

    socket.write(writeRequest(body, version, 'close'));
    await new Promise((resolve) => socket.once('close', resolve));

    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(end);
    expect(error?.code).toBe(code);
  },
);

test('the line of the access log is written at the end, with all bytes and the time', async () => {
  const written: string[] = [];
  const write = (lines: Buffer) => void written.push(lines.toString());
  const observe = { accessLog: { format: 'json', write } } as const;
  const { server, tell } = await startReadyServer('streams', { observe });
  const reply = await ask(server.url, '["steps", "a"]');
  await once(reply, 'readable');
  tell('after a');
  await readAll(reply);
  await ask(server.url, '["fail", "2"]').then(readAll);

  await server.close();

  const [whole, cut] = written
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(whole).toMatchObject({ status: 200, replyBytes: 4, predictMs: expect.any(Number) });
  expect(whole.durationMs).toBeGreaterThanOrEqual(whole.predictMs);
  expect(cut).toMatchObject({ status: 200, code: 'PREDICTOR_FAILED', replyBytes: 5 });
});

test('a hook streams, and what it has not written is written as of a definition', async () => {
  const { invoke } = await startReadyServer('stream-hooks');

  const reply = await invoke('[1, 2]', { 'content-type': 'application/json', accept: 'text/csv' });

  expect(await reply.text()).toBe('2\n4\n');
});

test('an iterable is streamed, another prediction of the same predictor is not, and a sample may have no end', async () => {
  const { invoke, server } = await startReadyServer('stream-iterables');
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };

  const streamed = await invoke('["a", "b"]', headers);
  const whole = await invoke('["whole"]', headers);
  const json = await invoke('["whole"]');

  expect(await streamed.text()).toBe('data: a\n\ndata: b\n\n');
  expect([whole.status, (await readReply(whole)).error.code]).toEqual([406, 'ACCEPT_UNSATISFIABLE']);
  expect(await json.text()).toBe('"whole"');
  const document = await (await fetch(`${server.url}/openapi.json`)).text();
  expect(document).toContain('text/event-stream');
});

test('an iterator without promises is streamed, and one that breaks is the predictor’s failure', async () => {
  const { invoke } = await startReadyServer('stream-iterables');

  const streamed = await invoke('["no promises", "b"]', { 'content-type': 'application/json' });
  const broken = ['["no result"]', '["no iterator"]'].map(async (body) => {
    const reply = await invoke(body);
    return [reply.status, (await readReply(reply)).error.code];
  });

  expect(await streamed.json()).toEqual({ predictions: ['no promises', 'b'] });
  expect(await Promise.all(broken)).toEqual(Array(2).fill([500, 'PREDICTOR_FAILED']));
});

test('a batch is not streamed, and neither is a reply of the Open Inference Protocol', async () => {
  const batch = await startReadyServer('stream-batch');
  const openInference = { modelName: 'streams' };
  const { server } = await startReadyServer('streams', { openInference });

  const refused = await batch.invoke('[1]');
  const infer = await fetch(`${server.url}/v2/models/streams/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'BYTES', data: ['nothing'] }] }),
  });

  expect([refused.status, (await readReply(refused)).error.code]).toEqual([500, 'PREDICTION_INVALID']);
  expect([infer.status, await infer.text()]).toEqual([406, expect.stringContaining('use POST /invocations')]);
});
