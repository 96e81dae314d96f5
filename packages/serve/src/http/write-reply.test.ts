import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { writeReply } from './write-reply.ts';

/** Answers one request with the chunks, and gives what the client gets. */
async function askFor(body: AsyncIterable<Uint8Array>): Promise<IncomingMessage> {
  const server = createServer((_request, response) =>
    writeReply(response, { status: 200, headers: {}, body }),
  );
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [reply] = await once(
    get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }),
    'response',
  );
  return reply as IncomingMessage;
}

test('a reply in chunks leaves chunk by chunk, before the next is made', async () => {
  const seen = Promise.withResolvers<void>();
  async function* make() {
    yield Buffer.from('first,');
    await seen.promise;
    yield Buffer.from('second');
  }

  const reply = await askFor(make());
  const [first] = await once(reply, 'data');
  seen.resolve();

  expect(String(first)).toBe('first,');
  expect(await text(reply)).toBe('second');
  expect(reply.headers['transfer-encoding']).toBe('chunked');
});

test('a reply in chunks that fails half-way is cut off', async () => {
  async function* make() {
    yield Buffer.from('first');
    throw new Error('no second');
  }

  const reply = await askFor(make());

  await expect(text(reply)).rejects.toThrow('aborted');
});

test('a client that leaves ends the making of chunks', async () => {
  const ended = Promise.withResolvers<void>();
  async function* make() {
    try {
      for (;;) yield Buffer.alloc(100_000);
    } finally {
      ended.resolve();
    }
  }

  const reply = await askFor(make());
  reply.destroy();

  await ended.promise;
});
