import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@optml/contract/log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenMetricsOptions, openMetrics } from './open-metrics.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-metrics-'));
});

afterEach(() => rm(directory, { recursive: true }));

function open(options: Partial<OpenMetricsOptions> = {}) {
  const lines: string[] = [];
  const writeLine = (line: string) => lines.push(line);
  const log = createLog(writeLine, { minimumLevel: 20 });
  const metrics = openMetrics(
    {},
    {
      writeLine,
      log,
      directory: undefined,
      processId: 7,
      nowMs: () => 1_700_000_000_100,
      objective: undefined,
      ...options,
    },
  );
  return { metrics, lines, end: () => metrics.warnIfMissing(log) };
}

test('metrics stand in the log and, where the platform reads one, in the file of the process', async () => {
  const { metrics, lines } = open({ directory: join(directory, 'later') });

  metrics.log({ loss: 0.1, accuracy: 1, none: undefined }, { step: 3 });
  metrics.log({ loss: 0.05 });

  const text = await readFile(join(directory, 'later/7.json'), 'utf8');
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { MetricName: 'loss', Value: 0.1, Timestamp: 1_700_000_000.1, IterationNumber: 3 },
    { MetricName: 'accuracy', Value: 1, Timestamp: 1_700_000_000.1, IterationNumber: 3 },
    { MetricName: 'loss', Value: 0.05, Timestamp: 1_700_000_000.1 },
  ]);
  expect(lines).toEqual(['[metric] loss=0.1 step=3', '[metric] accuracy=1 step=3', '[metric] loss=0.05']);
});

test('a value that is refused is in neither', async () => {
  const { metrics, lines } = open({ directory });

  expect(() => metrics.log({ loss: Number.NaN })).toThrow('metric loss is NaN');

  expect(lines).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

test('a file that cannot be written costs one warning and no metric', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  const { metrics, lines } = open({ directory: file });

  metrics.log({ loss: 1 });
  metrics.log({ loss: 2 });

  expect(lines).toEqual([
    '[metric] loss=1',
    expect.stringMatching(/^WARN {2}metrics go to the log only: .*7\.json cannot be written: /),
    '[metric] loss=2',
  ]);
});

test('an objective that was never logged is warned of, with the name that was meant', () => {
  const { metrics, lines, end } = open({ objective: 'validation:loss' });
  metrics.log({ 'validation:los': 1, 'validation:loss': undefined });

  end();

  expect(lines.at(-1)).toBe(
    "WARN  the tuning job's objective metric validation:loss was never logged: did you mean validation:los?",
  );
});

test.each([['loss'], [undefined]])(
  'no warning is given for the objective %s that was logged or is not set',
  (objective) => {
    const { metrics, lines, end } = open({ objective });
    metrics.log({ loss: 1 });

    end();

    expect(lines).toEqual(['[metric] loss=1']);
  },
);
