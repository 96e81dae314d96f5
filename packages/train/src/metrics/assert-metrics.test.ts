import { expect, test } from 'vitest';
import { assertMetrics } from './assert-metrics.ts';

const declare = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { goal: 'minimize' as const }]));

test('metrics within the limits, whose expressions find their lines, are not a problem', () => {
  expect(() => assertMetrics(declare(['validation:accuracy', 'a.b*c[0]', 'x'.repeat(255)]))).not.toThrow();
});

test.each([
  ['too many', Array.from({ length: 41 }, (_, index) => `m${index}`), 'SageMaker allows 40'],
  ['one with a long name', ['x'.repeat(256)], '1 to 255 characters'],
  ['one whose expression is long', ['.'.repeat(255)], 'SageMaker allows 500'],
  ['one that no line can hold', ['a b'], 'cannot be logged'],
])('%s is a problem before the job runs', (_what, names, message) => {
  expect(() => assertMetrics(declare(names))).toThrow(
    expect.objectContaining({ code: 'METRIC_INVALID', message: expect.stringContaining(message) }),
  );
});
