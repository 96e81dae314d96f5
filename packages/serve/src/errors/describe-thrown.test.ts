import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { describeInFull, describeThrown } from './describe-thrown.ts';

const large = { answer: new Float32Array(50 * 1024 ** 2), rows: Array(1e6).fill([1, 2, 3]) };
const hostile = Object.defineProperties(new Error('kept'), {
  stack: {
    get: () => {
      throw new Error('stack');
    },
  },
  secret: {
    enumerable: true,
    get: () => {
      throw new Error('secret');
    },
  },
});

const readModel = (value: unknown) => z.object({ trees: z.array(z.number()) }).safeParse(value).error;

test.each([
  ['an error', new Error('out of trees'), 'out of trees'],
  ['an error without a message', new TypeError(), 'TypeError'],
  ['an error of a schema', readModel({ trees: 1 }), 'trees: expected array, received number'],
  ['text', 'out of trees', 'out of trees'],
  ['nothing', undefined, 'undefined'],
  ['an object', { code: 5, at: 1n }, '{"code":5,"at":"1n"}'],
  ['an error whose message is none', Object.assign(new Error(), { message: 5 }), 'Error'],
])('%s is told by what it says', (_, thrown, text) => {
  expect(describeThrown(thrown)).toBe(text);
});

test('causes, members and stacks are for the log', () => {
  const cause = Object.assign(new RangeError('no row 3'), { code: 'E_ROW' });
  const error = new Error('predicting', { cause: new AggregateError([cause, 'text'], 'both', { cause }) });

  expect(describeInFull(error)).toMatch(
    /^Error: predicting\n.*describe-thrown.test.*\ncaused by AggregateError: both\n.*\n {2}no row 3\n {2}text\ncaused by RangeError: no row 3\n.*\{"code":"E_ROW"\}$/s,
  );
});

test('a cause that is its own ends', () => {
  const error = new Error('round');
  error.cause = error;

  expect(describeInFull(error).match(/Error: round/g)).toHaveLength(8);
});

test.each([
  ['thrown itself', large],
  ['in an error', Object.assign(new Error('x'), large)],
  ['as a cause', new Error('x', { cause: large })],
  ['as a message', new Error('x'.repeat(100 * 1024 ** 2))],
  ['among errors', new AggregateError(Array(1e6).fill('x'.repeat(1_000)))],
])('no more is told of a large value %s than there is room for', (_, thrown) => {
  expect(describeThrown(thrown).length).toBeLessThan(20_000);
  expect(describeInFull(thrown).length).toBeLessThan(200_000);
});

test('an error that throws when it is looked at is told as far as it lets', () => {
  expect(describeInFull(hostile)).toBe('kept');
});

test('the places of a stack are those of the sources, where the built file has a map', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'optml-stack-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'predictor.mjs');
  // Line 2, column 1 of the built file is line 7, column 3 of the source.
  const map = { version: 3, sources: ['src/predictor.ts'], names: [], mappings: ';AAME' };
  await writeFile(
    file,
    `
throw new Error('no weights'); //# built
//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}
`,
  );
  const error: unknown = await import(file).catch((thrown: unknown) => thrown);

  const text = describeInFull(error);

  expect(text).toContain(`at ${join(folder, 'src/predictor.ts')}:7:`);
  expect(text).not.toContain(file);
});
