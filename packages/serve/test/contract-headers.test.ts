/** The headers that the platform passes on, in both directions. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const attributes = 'x-amzn-sagemaker-custom-attributes';
const metering = 'x-amzn-inference-metering';
const inferenceId = 'x-amzn-sagemaker-inference-id';
const json = { 'content-type': 'application/json' };

test.each(['worker', 'inline'] as const)(
  'custom attributes are repeated, in errors too (%s)',
  async (isolation) => {
    const { invoke } = await startReadyServer('reply-headers', { isolation });
    const value = 'trace=1; user="a b"; ~!@#$%^&*()';

    const good = await invoke('{}', { ...json, [attributes]: value });
    const bad = await invoke('5', { ...json, [attributes]: value });
    const none = await invoke('{}');

    expect([good.status, good.headers.get(attributes)]).toEqual([200, value]);
    expect([bad.status, bad.headers.get(attributes)]).toEqual([400, value]);
    expect([none.headers.get(attributes), none.headers.get(metering)]).toEqual([null, null]);
  },
);

test.each(['worker', 'inline'] as const)(
  'the author sets custom attributes and metering (%s)',
  async (isolation) => {
    const { invoke } = await startReadyServer('reply-headers', { isolation });
    const body = JSON.stringify({ attributes: 'from=author', metering: { consumedUnits: 3 } });

    const response = await invoke(body, { ...json, [attributes]: 'from=client' });

    expect(response.headers.get(attributes)).toBe('from=author');
    expect(response.headers.get(metering)).toBe('{"Dimension":"inference.count","ConsumedUnits":3}');
  },
);

test('each request of a batch has its own headers', async () => {
  const { invoke } = await startReadyServer('reply-headers-batched', { isolation: 'inline' });

  const responses = await Promise.all(
    ['a', 'b', ''].map((name) => invoke(JSON.stringify(name), { ...json })),
  );

  expect(responses.map(({ headers }) => headers.get(attributes))).toEqual(['a', 'b', null]);
});

test('nothing is metered when the reply is an error', async () => {
  const { invoke } = await startReadyServer('reply-headers', { isolation: 'inline' });
  const body = JSON.stringify({ metering: { consumedUnits: 1 }, attributes: 'a', fail: true });

  const response = await invoke(body, { ...json, [attributes]: 'from=client' });

  expect([response.status, response.headers.get(metering)]).toEqual([500, null]);
  expect(response.headers.get(attributes)).toBe('from=client');
});

test('the author names the type of bytes', async () => {
  const { invoke } = await startReadyServer('reply-headers', { isolation: 'inline' });

  const bytes = await invoke('{"contentType": "image/webp", "bytes": true}');
  const text = await invoke('{"contentType": "image/webp"}');

  expect([bytes.status, bytes.headers.get('content-type'), (await bytes.arrayBuffer()).byteLength]).toEqual([
    200,
    'image/webp',
    2,
  ]);
  expect((await readReply(text)).error.code).toBe('PREDICTION_UNENCODABLE');
});

test.each([
  [{ attributes: 'a\r\nset-cookie: b=1' }, /custom attributes: the value has U\+000D at character 2/],
  [{ attributes: 'é' }, /U\+00E9 at character 1, expected printable ASCII: encode the rest/],
  [{ attributes: 'x'.repeat(1025) }, /1025 characters, expected at most 1024/],
  [{ attributes: 5 }, /is a number, not text/],
  [{ metering: { consumedUnits: 0 } }, /consumedUnits is 0, expected a whole number above 0/],
  [{ metering: { consumedUnits: 1.5 } }, /consumedUnits is 1.5/],
  [{ metering: { consumedUnits: 1, dimension: '\u2028' } }, /U\+2028/],
  [{ contentType: 'a/b\n' }, /content type: the value has U\+000A/],
  [{ contentType: 'image/*' }, /content type: the value is "image\/\*": expected one media type/],
  [{ contentType: 'a/b, c/d' }, /content type: the value is "a\/b, c\/d": expected one media type/],
])('a header that cannot be sent is an error of the predictor that says why (%#)', async (body, message) => {
  const { invoke } = await startReadyServer('reply-headers', { isolation: 'inline' });

  const response = await invoke(JSON.stringify(body));

  const { error } = await readReply(response);
  expect([response.status, error.code]).toEqual([500, 'REPLY_HEADER_INVALID']);
  expect(error.message).toMatch(message);
  expect(response.headers.get('set-cookie')).toBeNull();
});

test.each([
  ['é', /has U\+00C3 at character 1, expected printable ASCII/],
  ['a\tb', /has U\+0009 at character 2/],
  ['x'.repeat(1025), /has 1025 characters, expected at most 1024/],
])('custom attributes that could not be repeated are refused (%#)', async (value, message) => {
  const { server } = await startReadyServer('reply-headers', { isolation: 'inline' });

  const reply = await exchange(server.port, `${attributes}: ${value}`);

  expect(reply).toMatch(/^HTTP\/1.1 400 .*"CUSTOM_ATTRIBUTES_INVALID"/s);
  expect(reply).toMatch(message);
});

test('a line break in a header is no second header', async () => {
  const { server } = await startReadyServer('reply-headers', { isolation: 'inline' });

  const reply = await exchange(server.port, `${attributes}: a\rset-cookie: b=1`);

  expect(reply).toMatch(/^HTTP\/1.1 400 /);
  expect(reply).not.toMatch(/set-cookie/i);
});

test('the inference id is the request id, in the log and for the predictor', async () => {
  const { invoke, lines } = await startReadyServer('reply-headers');

  const good = await invoke('{"tell": true}', { ...json, [inferenceId]: 'order 17/é'.slice(0, 8) });
  await invoke('5', { ...json, [inferenceId]: 'order 18' });

  expect(await good.json()).toEqual({ requestId: 'order 17' });
  expect(lines.find(({ level }) => level === 'warn')?.fields.requestId).toBe('order 18');
});

test.each(['x'.repeat(65), '', ' '])('an inference id that is none is replaced (%#)', async (value) => {
  const { invoke } = await startReadyServer('reply-headers', { isolation: 'inline' });

  const response = await invoke('{"tell": true}', { ...json, [inferenceId]: value });

  expect(((await response.json()) as { requestId: string }).requestId).toMatch(/^[\da-f]{8}-[\da-f]{4}-\d+$/);
});

test('headers that the contract does not know change nothing and do not reach the predictor', async () => {
  const { invoke } = await startReadyServer('reply-headers', { isolation: 'inline' });
  const headers = {
    ...json,
    'x-forwarded-for': '1.2.3.4',
    cookie: 'a=1',
    'x-amzn-sagemaker-target-variant': 'v',
  };

  const response = await invoke('{"headers": true}', headers);

  expect(Object.keys((await response.json()) as object).sort()).toEqual([
    'accept',
    'content-type',
    'x-amzn-sagemaker-target-variant',
  ]);
});

async function exchange(port: number, header: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
  );
  return await text(socket);
}
