import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { ReplyPieces, StreamEnd } from '../invocation/invocation.ts';
import { cutReply, StreamWriter } from './write-stream.ts';

/** Answers one request with the pieces, and gives what the client gets. */
async function askFor(body: ReplyPieces): Promise<IncomingMessage> {
  const server = createServer(async (_request, response) => {
    const end = await new StreamWriter(response).write({ status: 200, headers: {}, body });
    if (end?.failure !== undefined) cutReply(response);
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [reply] = await once(get({ port, host: '127.0.0.1' }), 'response');
  return reply as IncomingMessage;
}

test('a reply in pieces leaves piece by piece, before the next is made', async () => {
  const seen = Promise.withResolvers<void>();
  async function* make(): AsyncGenerator<string, StreamEnd> {
    yield 'first,';
    await seen.promise;
    yield 'second';
    return {};
  }

  const reply = await askFor(make());
  const [first] = await once(reply, 'data');
  seen.resolve();

  expect(String(first)).toBe('first,');
  expect(await text(reply)).toBe('second');
  expect(reply.headers['transfer-encoding']).toBe('chunked');
});

test('a reply in pieces that fails half-way is cut off behind its last piece', async () => {
  async function* make(): AsyncGenerator<string, StreamEnd> {
    yield 'first';
    return { failure: createErrorReply(new ServeError('PREDICTOR_FAILED', 'no leaves')) };
  }

  const reply = await askFor(make());
  const chunks: Buffer[] = [];
  reply.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const [error] = await once(reply, 'error');

  expect(String(error)).toContain('aborted');
  expect(String(Buffer.concat(chunks))).toBe('first');
});
