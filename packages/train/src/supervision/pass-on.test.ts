import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPassage } from './pass-on.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Different in every byte that lies a buffer apart. */
const sent = Buffer.from(Array.from({ length: 250_000 }, (_, index) => `${index}\n`).join(''));

async function passTo(target: Writable) {
  await writeFile(join(folder, 'sent'), sent);
  const path = join(folder, 'socket');
  const server = createServer((socket) => createReadStream(join(folder, 'sent')).pipe(socket)).listen(path);
  const seen: Buffer[] = [];
  const passage = createPassage(target, (chunk) => seen.push(Buffer.from(chunk)));
  await passage.start(new Socket({ onread: passage.onread }).connect(path));
  server.close();
  return Buffer.concat(seen);
}

test('a stream that keeps what it is given keeps it unchanged', async () => {
  const target = new PassThrough({ highWaterMark: 10 * sent.length });

  const seen = await passTo(target);

  expect(seen.equals(sent)).toBe(true);
  expect((await buffer(target.end())).equals(sent)).toBe(true);
});

test('a file gets all, though one buffer carries it', async () => {
  const target = createWriteStream(join(folder, 'received'));

  await passTo(target);

  await new Promise<void>((resolve) => target.end(resolve));
  expect((await readFile(join(folder, 'received'))).equals(sent)).toBe(true);
});
