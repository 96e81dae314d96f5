import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchPolicy } from './batch-policy.ts';
import { createCostLearner } from './learn-cost.ts';

const noHurry = { oldestMs: 0, remainingMs: 50_000 };

/** A policy that has seen batches that cost 9 ms and 1 ms for each request, and requests every `gapMs`. */
function createTaughtPolicy(gapMs: number, options = { maximumSize: 32, maximumDelayMs: 5 }) {
  const policy = createBatchPolicy(options);
  for (let size = 1; size <= 32; size += 1) policy.noteBatch(size, 9 + size);
  for (let request = 0; request < 200; request += 1) policy.noteArrival(request * gapMs);
  return policy;
}

test('the cost of a batch is learned from batches of several sizes', () => {
  const cost = createCostLearner();
  for (let size = 1; size <= 32; size += 1) cost.add(size, 9 + size);

  expect(cost.estimate()?.fixedMs).toBeCloseTo(9);
  expect(cost.estimate()?.itemMs).toBeCloseTo(1);
});

test('no part of the cost is negative, whatever was measured', () => {
  const sample = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.double({ min: 0, max: 1e4, noNaN: true }));

  fc.assert(
    fc.property(fc.array(sample, { minLength: 1 }), (samples) => {
      const cost = createCostLearner();
      for (const [size, durationMs] of samples) cost.add(size, durationMs);

      const { fixedMs, itemMs } = cost.estimate() ?? { fixedMs: -1, itemMs: -1 };
      expect(fixedMs).toBeGreaterThanOrEqual(-1e-6);
      expect(itemMs).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('at low load nothing waits', () => {
  expect(createTaughtPolicy(20).decide({ count: 1, ...noHurry })).toEqual({ size: 1 });
});

test('at high load a few wait for more', () => {
  expect(createTaughtPolicy(0.2).decide({ count: 2, ...noHurry })).toHaveProperty('waitMs');
});

test('clients that come back all at once are waited for, until the waits are in vain', () => {
  const policy = createTaughtPolicy(2);
  const before = policy.decide({ count: 8, ...noHurry });
  policy.noteWait(1, 20);
  const during = policy.decide({ count: 8, ...noHurry });
  for (let wait = 0; wait < 30; wait += 1) policy.noteWait(1, 0);
  const after = policy.decide({ count: 8, ...noHurry });

  expect(before).toEqual({ size: 8 });
  expect(during).toHaveProperty('waitMs');
  expect(after).toEqual({ size: 8 });
});

test('a full batch does not wait', () => {
  expect(createTaughtPolicy(0.2).decide({ count: 40, ...noHurry })).toEqual({ size: 32 });
});

test('nothing waits longer than the maximum delay', () => {
  const policy = createTaughtPolicy(0.2);

  expect(policy.decide({ count: 2, oldestMs: 4.5, remainingMs: 50_000 })).toEqual({ size: 2 });
  expect(
    createTaughtPolicy(0.2, { maximumSize: 32, maximumDelayMs: 0 }).decide({ count: 2, ...noHurry }),
  ).toEqual({
    size: 2,
  });
});

test('a batch is no larger than the most urgent deadline allows', () => {
  const policy = createTaughtPolicy(0.2);

  expect(policy.decide({ count: 30, oldestMs: 0, remainingMs: 30 })).toEqual({ size: 15 });
  expect(policy.decide({ count: 30, oldestMs: 0, remainingMs: 1 })).toEqual({ size: 1 });
});

test('a model without a fixed cost is never waited for', () => {
  const policy = createBatchPolicy({ maximumSize: 32, maximumDelayMs: 5 });
  for (let size = 1; size <= 32; size += 1) policy.noteBatch(size, size);
  for (let request = 0; request < 200; request += 1) policy.noteArrival(request * 0.01);

  expect(policy.decide({ count: 3, ...noHurry })).toEqual({ size: 3 });
});
