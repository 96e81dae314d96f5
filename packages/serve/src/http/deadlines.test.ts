import { expect, test } from 'vitest';
import { createDeadlines } from './deadlines.ts';

test('what was not removed expires, in order, and once', async () => {
  const deadlines = createDeadlines(5);
  const nowMs = performance.now();
  const expired: string[] = [];
  const last = Promise.withResolvers<void>();
  const link = { endMs: 0, list: undefined, earlier: undefined, later: undefined };
  const note = (name: string) => ({ ...link, expire: () => void expired.push(name) });
  const [first, removed] = [note('first'), note('removed')];

  deadlines.add(first, nowMs);
  deadlines.add(removed, nowMs);
  deadlines.add(note('second'), nowMs);
  deadlines.add({ ...link, expire: () => last.resolve() }, nowMs);
  deadlines.remove(removed);
  deadlines.remove(removed);
  // The sweep does not keep a process alive, and this one has nothing else to do.
  const keepAlive = setInterval(() => undefined, 1_000);
  await last.promise;
  clearInterval(keepAlive);

  expect(expired).toEqual(['first', 'second']);
});
