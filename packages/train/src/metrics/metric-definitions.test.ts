import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listMetricDefinitions, type MetricDefinition } from './metric-definitions.ts';
import type { MetricDeclarations } from './metrics.ts';
import { createMetrics } from './metrics.ts';

function declare(names: readonly string[]): MetricDeclarations {
  return Object.fromEntries(names.map((name) => [name, { goal: 'minimize' }]));
}

interface Logged {
  readonly line: string;
  readonly name: string;
  readonly value: number;
}

interface Job {
  readonly definitions: readonly MetricDefinition[];
  readonly logged: readonly Logged[];
}

const nameOf = fc
  .oneof(
    fc.constantFrom(
      'accuracy',
      'validation:accuracy',
      'accuracy2',
      'a.c',
      'abc',
      '(a|b)*',
      '[metric]',
      '\\d+',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(...'ab.:/-_\\^$|?*+()[]{}'), minLength: 1, maxLength: 8 }),
  )
  .filter((name) => /^\S+$/.test(name) && !name.includes('=') && name !== '__proto__');

const numberOf = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 0.9667, 1e-7, -1e21, 5e-324, 1.7976931348623157e308),
);

/** What a run of a definition with several metrics logs. */
const jobOf = fc
  .tuple(
    fc.uniqueArray(nameOf, { minLength: 1, maxLength: 6 }),
    fc.array(fc.tuple(fc.nat(), numberOf, fc.option(fc.nat(), { nil: undefined })), { maxLength: 6 }),
  )
  .map(([names, calls]): Job => {
    const logged = calls.map(([index, value, step]) => {
      const name = names[index % names.length] as string;
      let line = '';
      const metrics = createMetrics(declare(names), (written) => {
        line = written;
      });
      metrics.log({ [name]: value }, step === undefined ? {} : { step });
      return { line, name, value };
    });
    return { definitions: listMetricDefinitions(declare(names)), logged };
  });

/** The names and numbers that the platform would take from each line. */
const expected = ({ logged }: Job) => logged.map(({ name, value }) => [[name, value + 0]]);

test('every line that is logged is found by its own expression and by no other', () => {
  fc.assert(
    fc.property(jobOf, (job) => {
      const found = job.logged.map(({ line }) =>
        job.definitions.flatMap(({ Name, Regex }) => {
          const match = new RegExp(Regex).exec(line);
          return match === null ? [] : [[Name, Number(match[1])]];
        }),
      );

      expect(found).toEqual(expected(job));
    }),
  );
});

test('Python finds in every line what JavaScript finds', () => {
  const jobs = fc.sample(jobOf, 300);
  const program = `
import json, re, sys
jobs = json.load(sys.stdin)
def find(job, line):
    matches = [(d["Name"], re.search(d["Regex"], line)) for d in job["definitions"]]
    return [[name, float(match.group(1))] for name, match in matches if match]
json.dump([[find(job, logged["line"]) for logged in job["logged"]] for job in jobs], sys.stdout)
`;

  const { stdout, stderr } = spawnSync('python3', ['-W', 'error', '-c', program], {
    input: JSON.stringify(jobs),
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(jobs.map(expected));
});

test('a line behind a prefix of a launcher is found as well', () => {
  const [definition] = listMetricDefinitions(declare(['loss']));

  const match = new RegExp(definition?.Regex as string).exec('[1,0]<stdout>:[metric] loss=-2.5e-7 step=3');

  expect(match?.[1]).toBe('-2.5e-7');
});

test('a line without a number is not found', () => {
  const [definition] = listMetricDefinitions(declare(['loss']));
  const regex = new RegExp(definition?.Regex as string);

  expect([
    '[metric] loss=',
    '[metric] loss=x',
    'loss=1',
    '[metric] val:loss=1',
    '[metric] loss2=1',
  ]).not.toContainEqual(expect.stringMatching(regex));
});

const many = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

test('40 metrics of 255 characters are described', () => {
  const names = many(40).map((name) => name.padEnd(255, 'x'));

  expect(listMetricDefinitions(declare(names))).toHaveLength(40);
});

test.each([
  ['41 metrics', many(41), 'the definition has 41 metrics: SageMaker allows 40'],
  ['a name of 256 characters', ['x'.repeat(256)], 'a name has 1 to 255 characters'],
  ['a name with a space', ['a b'], 'cannot be logged'],
  ['a name with "="', ['a=b'], 'cannot be logged'],
  ['a name whose expression is too long', ['.'.repeat(255)], 'SageMaker allows 500; shorten the name'],
])('%s are refused', (_what, names, message) => {
  expect(() => listMetricDefinitions(declare(names))).toThrow(
    expect.objectContaining({ code: 'METRIC_INVALID', message: expect.stringContaining(message) }),
  );
});
