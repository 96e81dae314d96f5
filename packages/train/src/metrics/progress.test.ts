import { createLog } from '@optml/contract/log';
import { expect, test } from 'vitest';
import { createProgress, type ProgressOptions } from './progress.ts';
import { createStatusLine } from './status-line.ts';

function start(
  total: number,
  { isTerminal = false, ...options }: ProgressOptions & { isTerminal?: boolean } = {},
) {
  let output = '';
  const clock = { nowMs: 0 };
  const write = (text: string) => {
    output += text;
  };
  const statusLine = isTerminal ? createStatusLine({ write, columns: () => 80 }) : undefined;
  const log = createLog(statusLine?.writeLine ?? ((line) => write(`${line}\n`)), { minimumLevel: 20 });
  const progress = createProgress(total, options, { log, nowMs: () => clock.nowMs, statusLine });
  return { progress, clock, log, output: () => output };
}

test('a log gets a line at most every so often, and one at the end', () => {
  const { progress, clock, output } = start(1_000, { label: 'epoch 1', everyMs: 10_000 });

  for (let done = 0; done < 1_000; done += 1) {
    clock.nowMs += 25;
    progress.advance();
  }

  expect(output().split('\n')).toEqual([
    'INFO  epoch 1 40 % done=400 total=1000 seconds=10 perSecond=40 secondsLeft=15',
    'INFO  epoch 1 80 % done=800 total=1000 seconds=20 perSecond=40 secondsLeft=5',
    'INFO  epoch 1 100 % done=1000 total=1000 seconds=25 perSecond=40',
    '',
  ]);
});

test('a log never gets a carriage return', () => {
  const { progress, clock, output } = start(100, { everyMs: 0 });

  for (let done = 0; done < 100; done += 1) {
    clock.nowMs += 1_000;
    progress.advance();
  }

  expect(output()).not.toContain('\r');
});

test('a terminal gets a bar that changes in place, below the lines of the log', () => {
  const { progress, clock, log, output } = start(4, { isTerminal: true, label: 'rows' });

  clock.nowMs = 1_000;
  progress.advance(2);
  log.info('half');
  clock.nowMs = 2_000;
  progress.advance(2);

  expect(output().split('\r\u001b[2K')).toEqual([
    'rows [===============               ] 50 %, 1 s left',
    'INFO  half\nrows [===============               ] 50 %, 1 s left',
    'INFO  rows 100 % done=4 total=4 seconds=2 perSecond=2\n',
  ]);
});

test('work that ends early says how far it came, once', () => {
  const { progress, clock, output } = start(10);
  progress.advance(3);
  clock.nowMs = 3_000;

  progress.finish();
  progress.finish();
  progress.advance();

  expect(output()).toBe('INFO  progress 30 % done=3 total=10 seconds=3 perSecond=1 secondsLeft=7\n');
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a total of %d is refused', (total) => {
  expect(() => start(total)).toThrow(`cannot show progress up to ${total}: expected a number above 0`);
});
