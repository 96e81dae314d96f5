import { expect, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { AdapterCalls } from './adapter-calls.ts';
import type { WorkerHost } from './worker-host.ts';

test('a worker that has ended leaves no call without an answer, of those that come later too', async () => {
  const calls = new AdapterCalls({ send: () => undefined } as unknown as WorkerHost);
  const adapter = { name: 'a', source: '/a', isPinned: false, loadMs: 60_000 };
  const { signal } = new AbortController();
  const ended = new ServeError('WORKER_EXITED', 'it has ended');

  const before = [calls.load(adapter, signal), calls.unload('a')];
  calls.end(ended);
  const after = [calls.load(adapter, signal), calls.unload('a')];

  for (const call of [...before, ...after]) await expect(call).rejects.toBe(ended);
  expect(calls.isBusy).toBe(false);
});
