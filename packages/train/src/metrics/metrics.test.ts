import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMetricLine } from './metric-line.ts';
import { createMetrics } from './metrics.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test('every finite number that is logged is read back from its line', () => {
  fc.assert(
    fc.property(finite, fc.option(fc.nat()), (value, step) => {
      const lines: string[] = [];

      createMetrics({}, (line) => lines.push(line)).log({ 'a:b': value }, { step: step ?? undefined });

      const parsed = parseMetricLine(lines[0] as string);
      expect(parsed).toEqual({
        name: 'a:b',
        value: value === 0 ? 0 : value,
        step: step ?? undefined,
      });
    }),
  );
});

test.each(['', 'metric a=1', '[metric] a=', '[metric] a=x', '[metric] a=1 step=', ' [metric] a=1'])(
  'the line %j is not a metric',
  (line) => {
    expect(parseMetricLine(line)).toBeUndefined();
  },
);

test('a value that is not finite is refused', () => {
  const metrics = createMetrics({}, () => {});

  expect(() => metrics.log({ loss: Number.NaN })).toThrow(
    'metric loss is NaN: the platform accepts only finite numbers',
  );
});

test('a name that was not declared is refused with a suggestion', () => {
  const metrics = createMetrics({ 'validation:accuracy': { goal: 'maximize' } }, () => {});

  expect(() => metrics.log({ 'validation:acuracy': 1 })).toThrow(
    'is not declared: did you mean validation:accuracy?',
  );
});

test('a name that no line can hold is refused', () => {
  const metrics = createMetrics({}, () => {});

  expect(() => metrics.log({ 'a b': 1 })).toThrow(expect.objectContaining({ code: 'METRIC_INVALID' }));
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('a step of %d is refused', (step) => {
  const metrics = createMetrics({}, () => {});

  expect(() => metrics.log({ loss: 1 }, { step })).toThrow(`metrics of step ${step}`);
});
