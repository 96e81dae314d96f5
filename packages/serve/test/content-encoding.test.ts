/** Bodies that are packed for the way. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const json = { 'content-type': 'application/json' };
const packed = gzipSync('[[1, 2]]');

test.each([
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['deflate', 'deflate'],
  ['GZIP in capitals', 'GZIP'],
  ['two', 'identity, gzip'],
  ['what is no ASCII', 'x\u00ff'],
  ['a long name', 'g'.repeat(3_000)],
])('a packed body is refused, and its encoding named: %s', async (_what, encoding) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const reply = await invoke(packed, { ...json, 'content-encoding': encoding });

  expect([reply.status, reply.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  const { error } = await readReply(reply);
  expect(error.code).toBe('CONTENT_ENCODING_UNSUPPORTED');
  expect(error.message).toContain(`Content-Encoding ${JSON.stringify(encoding.slice(0, 100))}`);
  expect(error.message).toMatch(/: send the body unencoded, without that header$/);
});

test.each(['identity', 'Identity', 'identity, identity', ''])(
  'a body in the encoding "%s" is one that is sent as it is',
  async (encoding) => {
    const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

    const reply = await invoke('[[1, 2]]', { ...json, 'content-encoding': encoding });

    expect([reply.status, await reply.json()]).toEqual([200, { predictions: [3] }]);
  },
);

test('other replies do not speak of encodings', async () => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const reply = await invoke('1', { 'content-type': 'video/mp4' });

  expect([reply.status, reply.headers.get('accept-encoding')]).toEqual([415, null]);
});

test('a packed body is refused in the words of the Open Inference Protocol, too', async () => {
  const { server } = await startReadyServer('sums', { openInference: { modelName: 'sums' } });

  const reply = await fetch(`${server.url}/v2/models/sums/infer`, {
    method: 'POST',
    headers: { ...json, 'content-encoding': 'gzip' },
    body: packed,
  });

  expect([reply.status, reply.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  expect(await reply.json()).toEqual({
    error: expect.stringContaining('Content-Encoding "gzip"'),
  });
});

test('a client that asks first is told before it sends a packed body', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline' });
  const socket = connect(server.port, '127.0.0.1');

  socket.write(
    'POST /invocations HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n',
  );

  expect(await text(socket)).toMatch(/^HTTP\/1.1 415 .*"CONTENT_ENCODING_UNSUPPORTED"/s);
});

test('a transfer coding besides chunks is refused, too', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline' });
  const socket = connect(server.port, '127.0.0.1');
  const head = 'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\nconnection: close\r\n';

  socket.write(`${head}transfer-encoding: gzip, chunked\r\n\r\n3\r\n1,2\r\n0\r\n\r\n`);

  expect(await text(socket)).toMatch(
    /^HTTP\/1.1 415 .*"CONTENT_ENCODING_UNSUPPORTED".*Transfer-Encoding \\"gzip, chunked\\"/s,
  );
});

test('chunks in capitals are chunks', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline' });
  const socket = connect(server.port, '127.0.0.1');
  const head = 'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\nconnection: close\r\n';

  socket.write(`${head}transfer-encoding: Chunked\r\n\r\n3\r\n1,2\r\n0\r\n\r\n`);

  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*3\n$/s);
});
