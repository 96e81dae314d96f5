/** What the clients of SageMaker's Python toolkit and SDK send, as it is on the wire. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { npyCodec } from '@optml/codecs';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const csv = 'text/csv';
const inline = { isolation: 'inline' } as const;
const npy = new Uint8Array(npyCodec.encode([[1, 2]]));

/** Sends headers as they are written, in their order. */
async function send(url: string, headers: Readonly<Record<string, string>>, body: string) {
  const sent = request(`${url}/invocations`, { method: 'POST', headers });
  sent.end(body);
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  return [reply.statusCode, await text(reply)];
}

test.each([
  ['csv', '1,2\n'],
  ['CSV; charset=utf-8', '1,2\n'],
  ['json', '[[1,2]]'],
  ['jsonlines', '[1,2]\n'],
  ['npy', npy],
  ['libsvm', '0:1 1:2\n'],
  ['tensor/pt', npy],
])('the content type %j is known', async (contentType, body) => {
  const { invoke } = await startReadyServer('sums', inline);

  const reply = await invoke(body, { 'content-type': contentType, accept: 'csv' });

  expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, csv, '3\n']);
});

test('a tensor is answered as a tensor', async () => {
  const { invoke } = await startReadyServer('sums', inline);

  const reply = await invoke(npy, { 'content-type': 'tensor/pt', accept: 'tensor/pt' });

  expect(reply.headers.get('content-type')).toBe('tensor/pt');
  expect(npyCodec.decode(new Uint8Array(await reply.arrayBuffer())).values).toEqual(Float64Array.of(3));
});

test.each(['pickle', 'x-csv', 'csv/', 'csv,json'])('the content type %j is not', async (contentType) => {
  const { invoke } = await startReadyServer('sums', inline);

  const { error } = await readReply(await invoke('1', { 'content-type': contentType }));

  expect(error).toEqual({
    code: 'MEDIA_TYPE_MALFORMED',
    message: expect.stringContaining('send type/subtype'),
  });
});

test.each([
  [{ ContentType: 'text/csv' }],
  [{ contenttype: 'csv' }],
  [{ ContentType: 'text/csv', 'Content-Type': 'application/x-www-form-urlencoded' }],
  [{ 'Content-type': 'text/csv', ContentType: 'application/json' }],
])('the first of Content-Type and ContentType counts: %j', async (headers) => {
  const { server } = await startReadyServer('sums', inline);

  expect(await send(server.url, headers, '1,2\n')).toEqual([200, '3\n']);
});

test('hooks get the full name of a type, however it was sent', async () => {
  const { server } = await startReadyServer('hooks', inline);

  expect(await send(server.url, { ContentType: 'csv', Accept: 'csv' }, '1,2')).toEqual([
    200,
    'text/csv: 1+2 text/csv true',
  ]);
});

test.each([
  ['text/plain', undefined, 'text/plain', 'héllo, wörld!'],
  ['text/plain', '*/*', 'text/plain', 'héllo, wörld!'],
  ['plain', 'application/json', 'application/json', '"héllo, wörld!"'],
  ['text/plain; charset=utf-8', 'application/json, text/plain, */*', 'application/json', '"héllo, wörld!"'],
  [
    'application/octet-stream',
    'text/plain, application/json;q=0.5',
    'application/json',
    '{"predictions":["Uint8Array"]}',
  ],
])(
  'hooks that leave %s to the server get what it says (Accept: %s)',
  async (contentType, accept, type, body) => {
    const { invoke } = await startReadyServer('hooks-text', inline);
    const headers = accept === undefined ? undefined : { accept };

    const reply = await invoke('héllo, wörld', { 'content-type': contentType, ...headers });

    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, type, body]);
  },
);

test('a predictor with a schema is told how text is sent', async () => {
  const { invoke } = await startReadyServer('texts', inline);

  const { error } = await readReply(await invoke('hello', { 'content-type': 'text/plain' }));

  expect(error.code).toBe('CONTENT_TYPE_UNSUPPORTED');
  expect(error.message).toMatch(/"text\/plain" is not supported: send one of text\/csv, application\/json/);
});

test('the raw bytes of a file are bytes', async () => {
  const predictor = await startReadyServer('echo', inline);
  const hooks = await startReadyServer('hooks', inline);
  const headers = { 'content-type': 'file-path/raw-bytes' };
  const bytes = Uint8Array.of(1, 2);

  const echoed = await predictor.invoke(bytes, headers);
  const hooked = await hooks.invoke(bytes, { ...headers, accept: csv });

  expect([echoed.status, echoed.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  expect(new Uint8Array(await echoed.arrayBuffer())).toEqual(bytes);
  expect(await hooked.text()).toBe('text/csv: 1+2 file-path/raw-bytes true');
});

test.each([
  ['a\nbcd\n', [1, 3]],
  ['"a,b"\r\n007', [3, 3]],
  ['héllo', [5]],
  ['7\n'.repeat(30_000), Array.from({ length: 30_000 }, () => 1)],
])('csv of one column is a list of texts (%#)', async (body, predictions) => {
  const { invoke } = await startReadyServer('texts', inline);

  const reply = await invoke(body, { 'content-type': csv, accept: 'application/json' });

  expect(await reply.json()).toEqual({ predictions });
});

test('csv of two columns is no list of texts', async () => {
  const { invoke } = await startReadyServer('texts', inline);

  const { error } = await readReply(await invoke('a,b\nc,d\n', { 'content-type': csv }));

  expect(error.message).toMatch(/^instances\[0\] is \["a","b"\]: expected string/);
});

test.each([
  ['sums', 'text/csv; label_size=1', '9,1,2\n8,3,4\n', '3\n7\n'],
  ['sums', 'text/csv;label_size=1', 'setosa,1,2\n"a,b",3,4\n', '3\n7\n'],
  ['sums', 'text/csv; LABEL_SIZE="2"; charset=utf-8', '9,8,1,2\n', '3\n'],
  ['sums', 'csv; label_size=1', 'é,1\n', '1\n'],
  ['sums', 'text/csv; label_size=0', '9,1,2\n', '12\n'],
  ['texts', 'text/csv; label_size=1', '1,007\n0,a\n', '3\n1\n'],
  ['hooks-minimal', 'text/csv; label_size=1', '9,1\n9,2\n', '2\n4\n'],
])('labels of csv are left out (%s, %s)', async (fixture, contentType, body, expected) => {
  const { invoke } = await startReadyServer(fixture, inline);

  const reply = await invoke(body, { 'content-type': contentType, accept: csv });

  expect([reply.status, await reply.text()]).toEqual([200, expected]);
});

test.each([
  [
    'text/csv; label_size=one',
    415,
    'CONTENT_TYPE_UNSUPPORTED',
    /label_size=one: expected the number of columns/,
  ],
  ['text/csv; label_size=-1', 415, 'CONTENT_TYPE_UNSUPPORTED', /label_size=-1: expected/],
  [
    'text/csv; label_size=2',
    400,
    'INPUT_INVALID',
    /label_size=2, but the rows have 2 columns: send features/,
  ],
])(
  'labels that leave nothing to predict from are refused: %s',
  async (contentType, status, code, message) => {
    const rows = await startReadyServer('sums', inline);
    const packed = await startReadyServer('packed', inline);

    for (const { invoke } of [rows, packed]) {
      const reply = await invoke('1,2\n', { 'content-type': contentType });
      expect([reply.status, (await readReply(reply)).error]).toEqual([
        status,
        { code, message: expect.stringMatching(message) },
      ]);
    }
  },
);
