import { expect, test } from 'vitest';
import { findLostMetrics } from './find-lost-metrics.ts';
import { listMetricDefinitions } from './metric-definitions.ts';

const declared = { loss: { goal: 'minimize' }, 'validation:accuracy': { goal: 'maximize' } } as const;

test('the definitions that are exported find all', () => {
  expect(findLostMetrics(declared, listMetricDefinitions(declared))).toEqual([]);
});

test('a job without definitions loses nothing that it wants', () => {
  expect(findLostMetrics(declared, [])).toEqual([]);
});

test.each([
  ['no definition of its name', [{ Name: 'accuracy', Regex: 'loss=([0-9.]+)' }]],
  ['an expression that matches another text', [{ Name: 'loss', Regex: 'loss: ([0-9.]+)' }]],
  ['an expression that captures something else', [{ Name: 'loss', Regex: '(loss)=[0-9.]+' }]],
  ['an expression without a group', [{ Name: 'loss', Regex: 'loss=[0-9.]+' }]],
])('a metric with %s is lost', (_, definitions) => {
  expect(findLostMetrics({ loss: { goal: 'minimize' } }, definitions)).toEqual(['loss']);
});

test.each([[null], [{ name: 'loss' }], ['loss'], [{ Name: 'loss', Regex: '(?P<value>[0-9.]+)' }]])(
  'what cannot be judged, for example %j, is not a reason to warn',
  (definition) => {
    expect(findLostMetrics({ loss: { goal: 'minimize' } }, [definition])).toEqual([]);
  },
);
