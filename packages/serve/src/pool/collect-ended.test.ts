import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { noteEndedThread } from './collect-ended.ts';

test('what is left of ended threads is collected before there is much of it', async () => {
  const left = new WeakRef({});
  // A reference is kept until the turn in which it was made is over.
  await nextTurn();

  for (let thread = 0; thread < 8; thread += 1) noteEndedThread();

  expect(left.deref()).toBeUndefined();
});
