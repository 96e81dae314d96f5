import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
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

/** Measures the files without a name that this process holds in a folder. */
async function measureUnnamed(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir('/proc/self/fd')) {
    const link = `/proc/self/fd/${name}`;
    const path = await readlink(link).catch(() => '');
    if (path.startsWith(directory)) bytes += (await stat(link)).size;
  }
  return bytes;
}

test('what has been read takes no disk, and does not count against the bound', async () => {
  const directory = await makeDirectory();
  const [response, replied] = await connectEnds();
  const [maximumBytes, fileBytes] = [30_000_000, 1_000_000];
  const spool = new ReplySpool(response, { directory, maximumBytes, fileBytes });

  const sizes: number[] = [];
  const reply = await (async () => {
    // Connections hold some megabytes themselves.
    for (let piece = 0; piece < 250; piece += 1) await spool.write(Buffer.alloc(100_000, piece));
    return await replied;
  })();
  const hash = createHash('sha1');
  reply.on('data', (chunk) => hash.update(chunk));
  await spool.flush();
  sizes.push(await measureUnnamed(directory));
  for (let round = 1; round < 5; round += 1) {
    reply.pause();
    for (let piece = 0; piece < 250; piece += 1) await spool.write(Buffer.alloc(100_000, piece));
    reply.resume();
    await spool.flush();
    sizes.push(await measureUnnamed(directory));
  }
  response.end();
  await once(reply, 'end');
  await spool.close();

  const expected = createHash('sha1');
  for (let piece = 0; piece < 1_250; piece += 1) expected.update(Buffer.alloc(100_000, piece % 250));
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
  expect(Math.max(...sizes)).toBeLessThan(2 * fileBytes);
  expect(await measureUnnamed(directory)).toBe(0);
});

test('a spool that is closed in the middle of a write holds no file', async () => {
  const directory = await makeDirectory();
  const [response, replied] = await connectEnds();
  const spool = new ReplySpool(response, { directory, maximumBytes: 1e9 });
  while (!response.writableNeedDrain) await spool.write(Buffer.alloc(1e6));
  const reply = (await replied).on('error', () => undefined);

  const writing = spool.write(Buffer.alloc(1e6));
  response.destroy();
  await spool.close();
  await writing;

  expect(await measureUnnamed(directory)).toBe(0);
  reply.destroy();
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
