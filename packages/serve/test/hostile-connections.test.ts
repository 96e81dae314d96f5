/** Connections that do what no client should: answered or cut off, and nobody else notices. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from './start-process.ts';
import { startReadyServer } from './start-server.ts';

const start = 'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test.each([
  ['both lengths', `${start}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two lengths', `${start}content-length: 5\r\ncontent-length: 6\r\n\r\n[[1]]`],
  ['a list of lengths', `${start}content-length: 5, 5\r\n\r\n[[1]]`],
  ['a signed length', `${start}content-length: +5\r\n\r\n[[1]]`],
  ['a length in hexadecimal', `${start}content-length: 0x5\r\n\r\n[[1]]`],
  ['an unknown coding', `${start}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['chunked that is not last', `${start}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ['a space before the colon', `${start}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`],
  ['a folded header', `${start}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['a header without a name', `${start}: x\r\ncontent-length: 5\r\n\r\n[[1]]`],
  ['a bare line feed', `${start.replaceAll('\r\n', '\n')}content-length: 5\n\n[[1]]`],
  ['a bad chunk size', `${start}transfer-encoding: chunked\r\n\r\n5;\n[[1]]\r\n0\r\n\r\n`],
  ['no host', 'POST /invocations HTTP/1.1\r\ncontent-length: 0\r\n\r\n'],
  ['headers without end', `${start}x: ${'x'.repeat(20_000)}`],
])('a request that two servers could read differently is refused and cut off: %s', async (_name, bytes) => {
  const { server, messages } = await startReadyServer('commands');
  const socket = open(server.port);

  socket.write(`${bytes}GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`);
  const answer = await text(socket);

  expect(answer).toMatch(
    /^HTTP\/1.1 4(?:00|31) .*\r\n\r\n(?:\{"error":\{"code":"[A-Z_]+","message":".+"\}\})?$/s,
  );
  expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(messages()).toEqual([]);
});

const malformed = 'the request is not valid HTTP: ';
const chunked = `${start}transfer-encoding: chunked\r\n\r\n`;

test.each([
  [400, 'REQUEST_MALFORMED', malformed, 'hello\r\n\r\n'],
  [400, 'REQUEST_MALFORMED', malformed, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
  [431, 'HEADERS_TOO_LARGE', 'the headers are larger than 16384 bytes', `${start}x: ${'x'.repeat(20_000)}`],
  [400, 'REQUEST_MALFORMED', malformed, `${chunked}5\r\n[[1]]\r\nno size\r\n`],
  [400, 'BODY_INCOMPLETE', 'the body ended early, after 2 bytes', `${start}content-length: 5\r\n\r\n[[`],
  [400, 'BODY_INCOMPLETE', 'the body ended early, after 5 bytes', `${chunked}5\r\n[[1]]\r\n`],
  [
    400,
    'BODY_INCOMPLETE',
    'the body ended early, after 7 bytes',
    'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=a\r\ncontent-length: 99\r\n\r\n--a\r\n\r\n',
  ],
])('what cannot be read is answered with %i %s (%s)', async (status, code, message, bytes) => {
  const { server, messages } = await startReadyServer('commands', { isolation: 'inline' });
  const socket = open(server.port);

  socket.end(Buffer.from(bytes, 'latin1'));
  const answer = await text(socket);

  const [head, body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head?.toLowerCase()).toContain('\r\nconnection: close');
  expect(JSON.parse(body)).toEqual({ error: { code, message: expect.stringContaining(message) } });
  expect(messages()).toEqual([]);
});

test('a part of a batch transform that breaks off is answered as any other body', async () => {
  const { server } = await startReadyServer('sums', { isolation: 'inline', hosting: 'batch transform' });
  const socket = open(server.port);

  socket.end(`${chunked.replace('application/json', 'text/csv')}4\r\n1,2\n\r\n`);
  const answer = await text(socket);

  expect(answer).toMatch(
    /^HTTP\/1.1 400 .*"BODY_INCOMPLETE","message":"the body ended early, after 4 bytes"/s,
  );
});

test('half a body for a route of the author is answered, too', async () => {
  const { server } = await startReadyServer('sums', {
    isolation: 'inline',
    prepare({ app }) {
      app.post('/own', (request, response) => void request.resume().on('end', () => response.end('own')));
    },
  });
  const socket = open(server.port);

  socket.end(`${start.replace('/invocations', '/own')}content-length: 5\r\n\r\n[[`);
  const answer = await text(socket);

  expect(answer).toMatch(/^HTTP\/1.1 400 .*"code":"BODY_INCOMPLETE","message":"the body ended early"/s);
});

test('what comes behind a request and cannot be read leaves that its answer', async () => {
  const { server } = await startReadyServer('sums');
  const socket = open(server.port);

  socket.write(`${start}content-length: 5\r\n\r\n[[1]]hello\r\n\r\n`);
  const answer = await text(socket);

  expect(answer).toMatch(/^HTTP\/1.1 200 .*\{"predictions":\[1\]\}$/s);
});

test('a connection ends with a streamed reply behind whose request came what cannot be read', async () => {
  const { server, tell } = await startReadyServer('streams');
  const socket = open(server.port);
  socket.write(`${start}content-length: 13\r\n\r\n["steps","a"]`);
  await once(socket, 'readable');

  socket.write('hello\r\n\r\n');
  tell('after a');

  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*"a".*\r\n0\r\n\r\n$/s);
});

test('a client that closes its sending side after a request has left', async () => {
  const { server, heard } = await startReadyServer('streams', { isolation: 'inline' });
  const socket = open(server.port);
  socket.write(`${start}content-length: 13\r\n\r\n["steps","a"]`);
  await once(socket, 'readable');

  socket.end();

  await heard('aborted CLIENT_LEFT');
});

test.each(['/invocations', '/ping'])('an expectation that no server meets is refused: %s', async (path) => {
  const { server, messages } = await startReadyServer('commands', { isolation: 'inline' });
  const socket = open(server.port);

  socket.write(`${start.replace('/invocations', path)}expect: a-miracle\r\ncontent-length: 5\r\n\r\n[[1]]`);
  const [head, body = ''] = (await text(socket)).split('\r\n\r\n');

  expect(head).toMatch(/^HTTP\/1.1 417 Expectation Failed\r\nconnection: close/i);
  expect(JSON.parse(body).error).toEqual({
    code: 'EXPECTATION_UNSUPPORTED',
    message:
      'the request has the header "Expect: a-miracle", which is not supported: send 100-continue, or leave it out',
  });
  expect(messages()).toEqual([]);
});

test('a path behind its host is that path, as a proxy may write it', async () => {
  const { server } = await startReadyServer('sums');
  const socket = open(server.port);

  socket.write(
    `${start.replace(' /', ' http://x:8080/')}connection: close\r\ncontent-length: 5\r\n\r\n[[1]]`,
  );

  expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*\{"predictions":\[1\]\}$/s);
});

test('clients that send their headers byte by byte hold up nobody', async () => {
  const { server, invoke } = await startReadyServer('sums', { limits: { pendingInvocations: 2 } });
  const slow = Array.from({ length: 200 }, () => open(server.port));
  for (const byte of start.slice(0, 20)) for (const socket of slow) socket.write(byte);
  await Promise.all(slow.map((socket) => once(socket, 'ready')));

  const reply = await invoke('[[1]]');

  expect(reply.status).toBe(200);
});

test('bodies that stop half-way hold up nobody, and are cut off at the deadline', async () => {
  const { server, invoke } = await startReadyServer('sums', {
    limits: { pendingInvocations: 2, invocationMs: 1_000 },
  });
  const halves = Array.from({ length: 50 }, () => open(server.port));
  for (const socket of halves) socket.write(`${start}content-length: 5\r\n\r\n[[`);

  const reply = await invoke('[[1]]');
  const answers = await Promise.all(halves.map((socket) => text(socket)));

  expect(reply.status).toBe(200);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 408 .*"BODY_TOO_SLOW"/s);
});

test('a client that never reads its answers is not sent more than a connection holds', async () => {
  const server = startProgram('serve-fixture', 'repeat', '{"isolation":"inline"}');
  const { url } = JSON.parse(await server.readLine(/"ready"/));
  const socket = open(Number(new URL(url).port)).pause();

  const request = `${start}content-length: 2\r\n\r\n20`;
  for (let count = 0; count < 200; count += 1) socket.write(request);
  const reply = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '1',
  });
  await reply.arrayBuffer();

  expect(reply.status).toBe(200);
  expect(await readResidentMegabytes(server.pid)).toBeLessThan(400);
});

test('10,000 idle connections cost little, and ping answers in time', async () => {
  const server = startProgram('serve-fixture', 'sums', '{"workers":{"count":1}}');
  const { url } = JSON.parse(await server.readLine(/"ready"/));
  const before = await readResidentMegabytes(server.pid);
  const idle = startProgram('hold-connections', url, '10000');
  await idle.readLine(/holding 10000/);

  const pings = [];
  for (let count = 0; count < 5; count += 1) {
    const startedMs = performance.now();
    const { status } = await fetch(`${url}/ping`);
    pings.push({ status, ms: performance.now() - startedMs });
  }
  const grown = (await readResidentMegabytes(server.pid)) - before;

  expect(pings.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  // What a busy machine does to one of them, idle connections would do to all.
  expect(Math.min(...pings.map(({ ms }) => ms))).toBeLessThan(2_000);
  expect(grown).toBeLessThan(250);
}, 60_000);

async function readResidentMegabytes(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
