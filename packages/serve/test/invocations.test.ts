/** Every content type in and out, and every kind of bad request. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createApp } from '@optml/serve';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const csv = 'text/csv';
const json = 'application/json';
const lines = 'application/jsonlines';
const octets = 'application/octet-stream';

test.each([
  ['csv', csv, '1,2\n3,4\n', csv, '3\n7\n'],
  ['csv with parameters and case', 'Text/CSV; label_size=0; charset="UTF-8"', '1,2\r\n', csv, '3\n'],
  ['instances', json, '{"instances": [[1, 2]]}', json, '{"predictions":[3]}'],
  ['inputs', json, '{"inputs": [[1, 2]]}', json, '{"predictions":[3]}'],
  ['a bare array', `${json};charset=utf-8`, '[[1, 2], [3]]', json, '{"predictions":[3,3]}'],
  [
    'instances with features',
    json,
    '{"instances": [{"features": [1, 2]}, [4]]}',
    json,
    '{"predictions":[3,4]}',
  ],
  ['json lines', lines, '[1, 2]\n[3]\n', lines, '3\n3\n'],
  ['json lines with features', lines, '{"features": [1, 2]}\n', lines, '3\n'],
  ['json lines by another name', 'application/x-ndjson', '[1]\n', 'application/x-ndjson', '1\n'],
])('%s is answered in kind', async (_name, contentType, body, replyType, reply) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(body, { 'content-type': contentType });

  expect([response.status, response.headers.get('content-type')]).toEqual([200, replyType]);
  expect(await response.text()).toBe(reply);
});

test.each([
  [csv, '3\n7\n'],
  [json, '{"predictions":[3,7]}'],
  [lines, '3\n7\n'],
])('csv is answered as %s when that is accepted', async (accept, reply) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke('1,2\n3,4\n', { 'content-type': csv, accept });

  expect(response.headers.get('content-type')).toBe(accept);
  expect(await response.text()).toBe(reply);
});

test.each([
  ['the type of the request', undefined, '*/*', csv],
  ['the default of the server', json, '*/*', json],
  ['the default of the server, parameters aside', 'application/jsonlines; charset=utf-8', '*/*', lines],
  ['what is accepted rather than the default', json, csv, csv],
  ['the type with the highest quality', undefined, 'text/csv;q=0.1, application/json;q=0.9', json],
  ['a type that is not refused', undefined, 'text/csv;q=0, */*', json],
])('the reply has %s', async (_name, defaultAccept, accept, expected) => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline', defaultAccept });

  const response = await invoke('1,2\n', { 'content-type': csv, accept });

  expect([response.status, response.headers.get('content-type')]).toEqual([200, expected]);
});

test('a prediction that the request’s own type cannot hold is answered as JSON', async () => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });

  const response = await invoke('{"a": [1]}\n', {
    'content-type': lines,
    accept: 'text/csv, application/json;q=0.5',
  });

  expect(response.headers.get('content-type')).toBe(json);
  expect(await response.json()).toEqual({ predictions: [{ a: [1] }] });
});

test.each(['worker', 'inline'] as const)('bytes come back as they went in (%s)', async (isolation) => {
  const { invoke } = await startReadyServer('echo', { isolation });
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);

  const responses = await Promise.all([
    invoke(bytes, { 'content-type': octets }),
    invoke(bytes, { 'content-type': octets }),
  ]);

  for (const response of responses) {
    expect(response.headers.get('content-type')).toBe(octets);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  }
});

test('bytes that the predictor keeps stay its own', async () => {
  const { invoke } = await startReadyServer('same-bytes');

  const first = await invoke('1');
  const second = await invoke('1');

  expect(first.headers.get('content-type')).toBe(octets);
  expect(new Uint8Array(await first.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  expect(new Uint8Array(await second.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
});

test('a cell that looks like a number stays text where the schema wants text, and only there', async () => {
  const { invoke } = await startReadyServer('zip-codes', { isolation: 'inline' });

  const response = await invoke('007,1\n"1e3",2.5\nNW1,3\n', { 'content-type': csv });

  expect(await response.text()).toBe('007,size 2\n1e3,size 3.5\nNW1,size 4\n');
});

test('a document larger than a record of the codecs’ default is read', async () => {
  const { invoke } = await startReadyServer('sums');

  const response = await invoke(`[[1${' '.repeat(17 * 1024 * 1024)}]]`);

  expect(await response.json()).toEqual({ predictions: [1] });
});

test.each([
  ['a blank document', json, undefined, ' ', 400, 'BODY_EMPTY', /body is empty/],
  ['a ragged row', csv, undefined, '1,2\n3\n', 400, 'CSV_RAGGED', /line 2/],
  ['an open quote', csv, undefined, '"1,2\n', 400, 'CSV_MALFORMED', /line 1/],
  ['broken JSON', json, undefined, '{"instances": [[1,]]}', 400, 'JSON_MALFORMED', /column/],
  ['a broken line', lines, undefined, '[1]\n[2\n', 400, 'JSON_MALFORMED', /line 2/],
  [
    'bytes that are no text',
    csv,
    undefined,
    new Uint8Array([0xff, 0xfe, 0xff]),
    400,
    'TEXT_NOT_UTF8',
    /UTF-8/i,
  ],
  [
    'a wrong cell',
    csv,
    undefined,
    '1,2\n3,abc\n',
    400,
    'INPUT_INVALID',
    /^instances\[1\]\[1\] is "abc": expected number$/,
  ],
  [
    'a wrong value',
    json,
    undefined,
    '{"instances":[[1],[2,"abc"]]}',
    400,
    'INPUT_INVALID',
    /^instances\[1\]\[1\] is "abc": expected number$/,
  ],
  [
    'a wrong value of inputs',
    json,
    undefined,
    '{"inputs":[["x"]]}',
    400,
    'INPUT_INVALID',
    /^inputs\[0\]\[0\] is "x"/,
  ],
  [
    'a wrong feature',
    lines,
    undefined,
    '[1]\n{"features":["x"]}',
    400,
    'INPUT_INVALID',
    /^instances\[1\]\.features\[0\] is "x"/,
  ],
  ['a wrong shape', json, undefined, '5', 400, 'INPUT_INVALID', /^instances is 5: expected array$/],
  [
    'the body of another server',
    json,
    undefined,
    '{"signature_name":"x","instances":[[1]]}',
    400,
    'INPUT_INVALID',
    /: expected array; "signature_name" is not allowed beside "instances": send {"instances": \.\.\.} alone$/,
  ],
  [
    'many wrong values',
    json,
    undefined,
    '[["a","b","c","d","e","f","g"]]',
    400,
    'INPUT_INVALID',
    /\[0\]\[4\].*; and 2 more$/,
  ],
  [
    'a deep document',
    json,
    undefined,
    '['.repeat(50_000) + ']'.repeat(50_000),
    400,
    'JSON_MALFORMED',
    /nested deeper than 1000/,
  ],
  [
    'an unknown type',
    'application/x-parquet',
    undefined,
    'x',
    415,
    'CONTENT_TYPE_UNSUPPORTED',
    /"application\/x-parquet".*text\/csv, application\/json/,
  ],
  ['a malformed type', 'cvs', undefined, '1', 415, 'MEDIA_TYPE_MALFORMED', /"cvs"/],
  ['an unknown charset', 'text/csv; charset=klingon', undefined, '1', 415, 'CHARSET_UNSUPPORTED', /klingon/],
  [
    'an unknown Accept',
    csv,
    'application/x-parquet',
    '1',
    406,
    'ACCEPT_UNSATISFIABLE',
    /"application\/x-parquet".*text\/csv, application\/json/,
  ],
  [
    'an Accept that cannot hold the prediction',
    csv,
    octets,
    '1',
    406,
    'ACCEPT_UNSATISFIABLE',
    /application\/octet-stream/,
  ],
] as const)(
  '%s is refused with a reason',
  async (_name, contentType, accept, body, status, code, message) => {
    const { invoke, lines: log } = await startReadyServer('sums', { isolation: 'inline' });

    const response = await invoke(body, {
      'content-type': contentType,
      ...(accept === undefined ? {} : { accept }),
    });

    const { error } = await readReply(response);
    expect([response.status, response.headers.get('content-type'), error.code]).toEqual([status, json, code]);
    expect(error.message).toMatch(message);
    expect(log.map(({ level }) => level)).toEqual(['warn']);
  },
);

test('a server needs no options', () => {
  expect(createApp(new URL('file:///predictor.js')).state).toBe('starting');
});

test.each([csv, json, octets, 'application/x-parquet', undefined])(
  'an empty body (%s) is answered with nothing',
  async (contentType) => {
    const { server } = await startReadyServer('sums', { isolation: 'inline' });
    const type = contentType === undefined ? '' : `content-type: ${contentType}\r\n`;

    const response = await exchange(server.port, [
      `POST /invocations HTTP/1.1\r\nhost: x\r\n${type}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ]);

    expect(response).toMatch(/^HTTP\/1.1 204 No Content\r\n[\s\S]*\r\n\r\n$/);
    expect(response).not.toMatch(/content-length|content-type|transfer-encoding/i);
  },
);

test('a request without a type is told which there are', async () => {
  const { server } = await startReadyServer('sums');

  const response = await exchange(server.port, [
    'POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1',
  ]);

  expect(response).toMatch(/^HTTP\/1.1 415 .*CONTENT_TYPE_MISSING.*send one of text\/csv/s);
});

test('the longest message fits what a client of SageMaker gets to see', async () => {
  const { invoke } = await startReadyServer('sums', { isolation: 'inline' });

  const response = await invoke(JSON.stringify([Array(100).fill('\u0000\ud800'.repeat(500))]));

  const body = await response.text();
  expect(body.length).toBeLessThan(2048);
  expect(JSON.parse(body).error.message).toMatch(/^instances\[0\]\[0\] is /);
});

test('a body that declares too much is refused before it is sent', async () => {
  const { server } = await startReadyServer('sums', { limits: { bodyBytes: 10 } });

  const response = await readRefusal(server.port, [head('content-length: 11')]);

  expect(response).toMatch(/^HTTP\/1.1 413 .*connection: close.*"BODY_TOO_LARGE".*larger than 10 bytes/is);
  expect(response).toContain(
    'or raise the limit: MAX_CONTENT_LENGTH in the environment of a container, limits.bodyBytes in code',
  );
});

test('what is larger than the platform sends in real time or to serverless endpoints is told so', async () => {
  const refuse = async (hosting: 'real-time' | 'serverless', bytes: number) => {
    const { server } = await startReadyServer('sums', { hosting, isolation: 'inline' });
    const response = await readRefusal(server.port, [head(`content-length: ${bytes + 1}`)]);
    return JSON.parse(response.split('\r\n\r\n')[1] ?? '').error.message;
  };

  const replies = await Promise.all([refuse('real-time', 26_214_400), refuse('serverless', 4_194_304)]);

  expect(replies).toEqual([
    expect.stringMatching(/limits\.bodyBytes in code; for asynchronous .* set OPTML_HOSTING=asynchronous/),
    expect.stringMatching(/send fewer records at a time: a serverless endpoint takes 4194304 at most$/),
  ]);
});

test('a client that asks first is not told to send a body that is too large', async () => {
  const { server } = await startReadyServer('sums', { limits: { bodyBytes: 10 } });

  const refused = await readRefusal(server.port, [head('content-length: 11\r\nexpect: 100-continue')]);
  const accepted = await exchange(server.port, [
    head('content-length: 5\r\nconnection: close\r\nexpect: 100-continue'),
    '[[1]]',
  ]);

  expect(refused).toMatch(/^HTTP\/1.1 413/);
  expect(accepted).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/);
});

test('a chunked body is refused at the first byte too many, and the client can read why', async () => {
  const { server } = await startReadyServer('sums', { limits: { bodyBytes: 10 } });

  const response = await exchange(server.port, [
    head('transfer-encoding: chunked'),
    '6\r\n[[1234\r\n',
    '6\r\n5678]]\r\n',
  ]);

  expect(response).toMatch(/^HTTP\/1.1 413 .*"BODY_TOO_LARGE"/s);
});

test('a client that goes on sending a refused body still gets the answer', async () => {
  const { invoke } = await startReadyServer('sums', { limits: { bodyBytes: 1_000 } });

  const response = await invoke(new Uint8Array(20_000_000));

  expect(response.status).toBe(413);
});

test('a body that does not arrive in time is 408', async () => {
  const { server } = await startReadyServer('sums', { limits: { invocationMs: 300 } });

  const response = await readRefusal(server.port, [head('content-length: 5'), '[[']);

  expect(response).toMatch(/^HTTP\/1.1 408 .*"BODY_TOO_SLOW".*300 ms/s);
});

test('a client that stops half-way leaves the server as it was', async () => {
  const { server, invoke } = await startReadyServer('sums');
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`${head('content-length: 5')}[[`);
  await fetch(`${server.url}/ping`);

  socket.destroy();

  expect((await invoke('[[1]]')).status).toBe(200);
});

test('one connection serves one request after another', async () => {
  const { server } = await startReadyServer('sums');

  const response = await exchange(server.port, [
    `${head('content-length: 5')}[[1]]`,
    `${head('content-length: 5\r\nconnection: close')}[[2]]`,
  ]);

  expect(response.match(/"predictions":\[\d\]/g)).toEqual(['"predictions":[1]', '"predictions":[2]']);
});

function head(headers: string): string {
  return `POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`;
}

/** Sends pieces over a connection and gives all that comes back until the server closes it. */
async function exchange(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  return await text(socket);
}

/** The same up to the end of the first reply: the server waits for the rest of the body before it closes. */
async function readRefusal(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  let reply = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    reply += chunk;
    const [, length, body = ''] = /content-length: (\d+)\r\n.*?\r\n\r\n(.*)/is.exec(reply) ?? [];
    if (Buffer.byteLength(body) === Number(length)) break;
  }
  return reply;
}
