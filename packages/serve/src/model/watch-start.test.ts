import type { Log } from '@optml/contract/log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchStart } from './watch-start.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function collect() {
  const lines: string[] = [];
  const log = { warn: (message: string) => void lines.push(message) } as unknown as Log;
  return { lines, log };
}

test('names the stage after 30 s, and again each minute', () => {
  const { lines, log } = collect();
  const watch = watchStart(log, 30_000);

  vi.advanceTimersByTime(29_999);
  watch.enter('loading the model');
  vi.advanceTimersByTime(29_999);
  const before = [...lines];
  vi.advanceTimersByTime(1 + 2 * 60_000);

  expect(before).toEqual([]);
  expect(lines).toEqual(
    [30, 90, 150].map((seconds) => `loading the model is still running after ${seconds} s`),
  );
});

test('is silent once the start has ended', () => {
  const { lines, log } = collect();
  const watch = watchStart(log, 30_000);

  vi.advanceTimersByTime(30_000);
  watch.stop();
  vi.advanceTimersByTime(600_000);

  expect(lines).toEqual(['importing the predictor is still running after 30 s']);
});
