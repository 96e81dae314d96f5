import { expect, test } from 'vitest';
import { compareRounds, measureInTurn } from './measure-in-turn.ts';

test('A and B run in turn, after one of each that does not count', async () => {
  const order: string[] = [];
  const count = (name: string) => async () => order.push(name);

  const rounds = await measureInTurn(count('A'), count('B'), 3);

  expect(order.join('')).toBe('ABABABAB');
  expect(rounds).toEqual([
    { a: 3, b: 4 },
    { a: 5, b: 6 },
    { a: 7, b: 8 },
  ]);
});

test('the ratio is the median of the ratios, not the ratio of the medians', () => {
  const rounds = [
    { a: 2, b: 1 },
    { a: 30, b: 10 },
    { a: 400, b: 400 },
  ];

  const compared = compareRounds(
    rounds,
    (a) => a,
    (b) => b,
  );

  expect(compared).toEqual({ aMs: 30, bMs: 10, ratio: 2 });
});

test('the median of an even number of rounds is between the middle two', () => {
  const rounds = [1, 2, 4, 100].map((a) => ({ a, b: 1 }));

  const { aMs } = compareRounds(
    rounds,
    (a) => a,
    (b) => b,
  );

  expect(aMs).toBe(3);
});
