/** Predictions that come item by item, through real sockets, wherever the predictor runs. */

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';
import { ask, readAll } from './stream-client.ts';

const isolations = ['inline', 'worker', 'process'] as const;
const json = { 'content-type': 'application/json' };

test.each([
  ['["count", "3"]', 'application/jsonlines', '0\n1\n2\n'],
  ['["texts"]', 'application/jsonlines', '"one"\n{"text":"two \\"lines\\"\\n"}\n"three\\nfour\\r\\n"\n'],
  [
    '["texts"]',
    'text/event-stream',
    'data: one\n\ndata: {"text":"two \\"lines\\"\\n"}\n\ndata: three\ndata: four\ndata: \n\n',
  ],
  ['["rows"]', 'text/csv', '1,2.5\n3,4\n'],
  ['["count", "3"]', 'text/csv', '0\n1\n2\n'],
  ['["count", "3"]', 'application/json', '{"predictions":[0,1,2]}'],
  ['["nothing"]', 'application/json', '{"predictions":[]}'],
  ['["nothing"]', 'application/jsonlines', ''],
  ['["nothing"]', 'text/event-stream', ''],
  ['["count", "2"]', 'application/x-npy, application/x-ndjson;q=0.5', '0\n1\n'],
])('%s as %s is written item by item', async (body, accept, expected) => {
  const { invoke } = await startReadyServer('streams', { isolation: 'inline' });

  const reply = await invoke(body, { ...json, accept });

  expect([reply.status, await reply.text()]).toEqual([200, expected]);
  expect(accept).toContain(reply.headers.get('content-type'));
});

test.each([
  ['["bytes"]', 'application/octet-stream', 'application/octet-stream', [1, 1, 200, 200]],
  // JSON cannot hold them.
  ['["bytes"]', '*/*', 'application/octet-stream', [1, 1, 200, 200]],
  ['["image"]', '*/*', 'image/webp', [7]],
])('%s as %s is bytes as they are', async (body, accept, contentType, expected) => {
  const { invoke } = await startReadyServer('streams', { isolation: 'inline' });

  const reply = await invoke(body, { ...json, accept });

  expect(reply.headers.get('content-type')).toBe(contentType);
  expect([...new Uint8Array(await reply.arrayBuffer())]).toEqual(expected);
});

test.each(isolations)(
  'each item leaves when it is yielded, before the next is made (%s)',
  async (isolation) => {
    const { server, tell } = await startReadyServer('streams', { isolation });

    const reply = await ask(server.url, '["steps", "a", "b"]');
    const [first] = await once(reply, 'data');
    tell('after a');
    const [second] = await once(reply, 'data');
    tell('after b');
    await once(reply.resume(), 'end');

    expect([String(first), String(second)]).toEqual(['"a"\n', '"b"\n']);
    expect(reply.headers['transfer-encoding']).toBe('chunked');
  },
);

test.each(isolations)(
  'what goes wrong before the first byte is an ordinary error (%s)',
  async (isolation) => {
    const { invoke, lines } = await startReadyServer('streams', {
      isolation,
      limits: { invocationMs: 1_000 },
    });
    const read = async (body: string, accept = '*/*') => {
      const reply = await invoke(body, { ...json, accept });
      const { error } = await readReply(reply);
      return [reply.status, error.code];
    };

    expect(await read('["fail"]')).toEqual([500, 'PREDICTOR_FAILED']);
    expect(await read('["unencodable", "0"]')).toEqual([500, 'PREDICTION_UNENCODABLE']);
    expect(await read('["bytes"]', 'text/csv')).toEqual([406, 'ACCEPT_UNSATISFIABLE']);
    expect(await read('["count", "1"]', 'application/x-npy')).toEqual([406, 'ACCEPT_UNSATISFIABLE']);
    expect(lines.find(({ level }) => level === 'error')?.fields.stack).toMatch(
      /no leaves\n.*streams\.ts:\d+/s,
    );
  },
);

test.each(isolations)('a first item that never comes is answered at the deadline (%s)', async (isolation) => {
  const { invoke } = await startReadyServer('streams', { isolation, limits: { invocationMs: 100 } });

  const reply = await invoke('["never"]', json);

  expect([reply.status, (await readReply(reply)).error.code]).toEqual([504, 'INVOCATION_TIMEOUT']);
});

test.each(isolations)('what goes wrong after the first byte cuts the reply off (%s)', async (isolation) => {
  const { server, invoke, lines } = await startReadyServer('streams', { isolation });
  const cases = [
    ['["fail", "1000000"]', 'PREDICTOR_FAILED', `"${'x'.repeat(1_000_000)}"\n`],
    ['["misfit"]', 'PREDICTION_INVALID', '1\n'],
    ['["unencodable", "2"]', 'PREDICTION_UNENCODABLE', '0\n1\n'],
    ['["header"]', 'REPLY_HEADER_INVALID', '1\n'],
  ] as const;
  for (const [body, code, expected] of cases) {
    const reply = await ask(server.url, body, { 'x-amzn-sagemaker-inference-id': code });
    const { text, isWhole } = await readAll(reply);

    expect([code, reply.statusCode, isWhole, text === expected]).toEqual([code, 200, false, true]);
    const errors = lines.filter(({ level, fields }) => level === 'error' && fields.requestId === code);
    expect(errors.map(({ fields }) => fields.code)).toEqual([code]);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`optml_invocation_errors_total{code="${code}"} 1`);
  }
  expect((await invoke('["count", "1"]')).status).toBe(200);
});

test.each(isolations)(
  'a client that stalls stops the generator, and one that leaves ends it (%s)',
  async (isolation) => {
    const { server, heard, messages } = await startReadyServer('streams', { isolation });

    const reply = await ask(server.url, '["flood", "10000"]');
    await heard('yielded 100');
    // The buffers of both sockets are full once nothing more is asked for.
    let seen = 0;
    const hasGrown = () => {
      const before = seen;
      seen = messages().length;
      return seen > before;
    };
    await expect.poll(hasGrown, { interval: 300 }).toBe(false);
    reply.destroy();
    await heard('aborted CLIENT_LEFT');

    const find = () => messages().find((line) => line.startsWith('ended after '));
    await expect.poll(find).toBeDefined();
    // Kernels hold some megabytes; the server a few pieces.
    expect(Number(find()?.split(' ').at(-1)) * 10_000).toBeLessThan(32e6);
  },
);
