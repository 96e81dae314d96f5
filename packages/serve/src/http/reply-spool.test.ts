import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ReplySpool } from './reply-spool.ts';

/** Gives both ends of a request whose reply is not read yet. */
async function connectEnds(): Promise<readonly [ServerResponse, Promise<IncomingMessage>]> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const sent = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const replied = once(sent, 'response').then(([reply]) => reply as IncomingMessage);
  const [, response] = await once(server, 'request');
  return [response, replied];
}

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spool-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

test('what is not read yet waits on disk, in order and without a name', async () => {
  const directory = await makeDirectory();
  const [response, replied] = await connectEnds();
  const spool = new ReplySpool(response, { directory, maximumBytes: 1e9 });

  const pieces = Array.from({ length: 200 }, (_, index) => Buffer.alloc(100_000, index));
  for (const piece of pieces) await spool.write(piece);
  const names = await readdir(directory);
  const read = buffer(await replied);
  await spool.flush();
  response.end();
  await spool.close();

  expect(names).toEqual([]);
  expect((await read).equals(Buffer.concat(pieces))).toBe(true);
  expect(spool.bytes).toBe(20_000_000);
});

test('an empty piece is no reason to wait', async () => {
  const [response, replied] = await connectEnds();
  const spool = new ReplySpool(response, { directory: await makeDirectory(), maximumBytes: 1e6 });

  await spool.write(Buffer.alloc(1e6));
  expect(response.writableNeedDrain).toBe(true);
  await spool.write(Buffer.alloc(0));
  const read = buffer(await replied);
  await spool.flush();
  response.end();
  await spool.close();

  expect((await read).length).toBe(1e6);
});

test.each([
  ['more than its bound', {}, /would take more than 1000000 bytes of disk: read it while you send$/],
  ['no folder', { directory: '/nowhere/at all' }, /writing to \/nowhere\/at all failed: .*ENOENT/],
])('a file that would have %s fails the reply', async (_, options, message) => {
  const [response, replied] = await connectEnds();
  const spool = new ReplySpool(response, { directory: await makeDirectory(), maximumBytes: 1e6, ...options });
  const writeMuch = async () => {
    for (let piece = 0; piece < 200; piece += 1) await spool.write(Buffer.alloc(100_000));
  };

  await expect(writeMuch()).rejects.toMatchObject({
    code: 'REPLY_NOT_STORED',
    message: expect.stringMatching(message),
  });
  await spool.close();
  response.destroy();
  (await replied).on('error', () => undefined).destroy();
});
