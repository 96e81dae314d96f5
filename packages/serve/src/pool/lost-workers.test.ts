import { expect, test } from 'vitest';
import { createLostWorkers } from './lost-workers.ts';
import type { PoolWorker } from './pool-worker.ts';

test('where the memory has no room, another worker waits until a lost one has ended', async () => {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const log = { debug: write, info: write, warn: write, error: write };
  const lost = createLostWorkers({ count: 4, hasMemory: () => false, log });
  const { promise: gone, resolve: end } = Promise.withResolvers<void>();
  await lost.waitForRoom(new AbortController().signal);
  lost.add({} as PoolWorker, gone);

  const room = lost.waitForRoom(new AbortController().signal).then(() => write('there is room'));
  end();
  await room;

  expect(lines).toEqual([
    'the memory has no room for another worker beside those that are lost',
    'a lost worker has ended',
    'there is room',
  ]);
});

test('a server that closes does not wait for room', async () => {
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const lost = createLostWorkers({ count: 1, hasMemory: () => true, log });
  const closing = new AbortController();
  for (let count = 0; count < 2; count += 1) lost.add({} as PoolWorker, new Promise<void>(ignore));

  const room = lost.waitForRoom(closing.signal);
  closing.abort();
  await room;

  expect([lost.size, lost.isTooMany]).toEqual([2, true]);
});
