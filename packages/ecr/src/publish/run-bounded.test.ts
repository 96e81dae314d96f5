import { expect, test } from 'vitest';
import { createBound, runAll } from './run-bounded.ts';

test('no more than the bound run at a time, and all run', async () => {
  const bound = createBound(2);
  let running = 0;
  let most = 0;

  const results = await Promise.all(
    [1, 2, 3, 4, 5].map((value) =>
      bound(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return value;
      }),
    ),
  );

  expect(results).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('a failure gives its place to the next', async () => {
  const bound = createBound(1);

  const failed = bound(async () => {
    throw new Error('first');
  });
  const next = bound(async () => 'second');

  await expect(failed).rejects.toThrow('first');
  expect(await next).toBe('second');
});

test('the first failure stops the others, and is thrown when they have ended', async () => {
  const ended: string[] = [];

  const all = runAll(['fails', 'waits'], async (item, signal) => {
    if (item === 'fails') throw new Error('the reason');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    ended.push(item);
  });

  await expect(all).rejects.toThrow('the reason');
  expect(ended).toEqual(['waits']);
});
