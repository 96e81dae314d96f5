import { logThrough } from '@optml/contract/log';
import { expect, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { createShedReports } from './shed-reports.ts';

test('refusals are one line a second, which counts them', () => {
  const lines: unknown[] = [];
  let nowMs = 0;
  const reports = createShedReports(
    logThrough(
      (level, message, fields) => void lines.push([level, message, fields?.requestId, fields?.refused]),
    ),
    () => nowMs,
  );
  const full = new ServeError('QUEUE_FULL', 'the server is busy');

  for (let count = 0; count < 300; count += 1) {
    reports.take(full, `request-${count}`);
    nowMs += 10;
  }

  expect(lines).toEqual([
    ['warn', 'invocations are refused', 'request-0', 1],
    ['warn', 'invocations are refused', 'request-100', 100],
    ['warn', 'invocations are refused', 'request-200', 100],
  ]);
});

test('any other error is left to be reported', () => {
  const reports = createShedReports(logThrough(() => undefined));

  expect(reports.take(new ServeError('INPUT_INVALID', 'wrong'), 'request')).toBe(false);
  expect(reports.take(new Error('a bug'), 'request')).toBe(false);
});
