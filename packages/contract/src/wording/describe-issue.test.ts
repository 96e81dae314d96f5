import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue, describeSchemaError } from './describe-issue.ts';

const describeFirst = (schema: z.ZodType, input: unknown) => {
  const [issue] = schema.safeParse(input).error?.issues ?? [];
  return describeIssue(issue as z.core.$ZodIssue, input);
};

test('place, value and expectation are told apart', () => {
  expect(describeFirst(z.object({ hosts: z.array(z.string()) }), { hosts: ['a', 5] })).toEqual({
    path: 'hosts[1]',
    value: 5,
    expectation: 'expected string',
    message: 'is 5: expected string',
  });
});

test('what is not there is missing', () => {
  expect(describeFirst(z.object({ a: z.number() }), {}).message).toBe('is missing: expected number');
});

test('a long value is cut', () => {
  expect(describeFirst(z.number(), 'x'.repeat(500)).message.length).toBeLessThan(120);
});

const cyclic: unknown[] = [1];
cyclic.push(cyclic, cyclic);
const thrower = Object.defineProperty({}, 'a', { enumerable: true, get: () => Number('x').toFixed(-1) });

test.each([
  ['a list that refers to itself', cyclic, '[1,...,...]'],
  ['a list of what throws', [thrower, thrower, 1], '[an object,an object,1]'],
  ['a bigint', 5n, '5n'],
  ['a map', new Map([[1, 2]]), 'a Map of 1'],
  [
    'what is in a list',
    [undefined, new Set(), () => 1, Symbol('a')],
    '[undefined,a Set of 0,a function,a symbol]',
  ],
  ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ['a byte', new Uint8Array(1), '1 byte'],
  ['no bytes', new ArrayBuffer(0), '0 bytes'],
  ['what throws when it is looked at', { a: 1, b: thrower }, '{"a":1,"b":an object}'],
  ['a class without a name', [Object.create(null), new (class {})()], '[{},{}]'],
])('%s is called what it is', (_, value, text) => {
  expect(describeFirst(z.number(), value).message).toBe(`is ${text}: expected number`);
});

/** So large that nobody can wait until each element was written. */
const megabytes = 200 * 1024 ** 2;

test.each([
  ['bytes', Buffer.alloc(megabytes), '209715200 bytes'],
  ['floats in an object', { a: new Float32Array(megabytes / 4) }, '{"a":a Float32Array of 52428800}'],
  ['floats in a list', [new Float64Array(megabytes / 8), 1], '[a Float64Array of 26214400,1]'],
  ['lists of one list', nest(Array(79).fill(0), 6), `${'['.repeat(7)}${'0,'.repeat(36)}0...`],
])('of %s no more is read than can be told', (_, value, text) => {
  expect(describeFirst(z.number(), value).message).toBe(`is ${text}: expected number`);
});

/** Every level holds the one below 79 times over. */
function nest(value: unknown[], levels: number): unknown[] {
  return levels === 0 ? value : nest(Array(79).fill(value), levels - 1);
}

test('an expectation that lists every key of a body is cut', () => {
  const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]));

  expect(describeFirst(z.strictObject({}), body).message.length).toBeLessThan(600);
});

test.each([
  [Number.NaN, 'is NaN: expected string'],
  [Number.NEGATIVE_INFINITY, 'is -Infinity: expected string'],
  [1e21, 'is 1e+21: expected string'],
])('the number %s is called what it is', (value, message) => {
  expect(describeFirst(z.string(), value).message).toBe(message);
});

test('numbers that JSON has no word for are called what they are in lists, too', () => {
  const value = [Number.NaN, null, 'NaN', { a: Number.POSITIVE_INFINITY }];

  expect(describeFirst(z.string(), value).message).toBe(
    'is [NaN,null,"NaN",{"a":Infinity}]: expected string',
  );
});

test('a value as large as a body is cut before it is written', () => {
  const cell = 'x'.repeat(1_000);
  const value = Array<unknown>(5_000).fill(Array<unknown>(1_000).fill(cell));

  expect(describeFirst(z.string(), value).message).toBe(`is [["${'x'.repeat(77)}...: expected string`);
});

test.each([
  [{ rows: [1, 'a'] }, 'rows[1]: expected number, received string'],
  [5, 'expected object, received number'],
  [
    { rows: ['a', 'b', 'c', 'd', 'e'] },
    expect.stringMatching(/^rows\[0\]: .*; rows\[2\]: [^;]*; and 2 more$/),
  ],
])('what parsing %j throws is told in one line', (value, line) => {
  const { error } = z.object({ rows: z.array(z.number()) }).safeParse(value);

  expect(describeSchemaError(error)).toEqual(line);
});

test('no other error is taken for one of a schema', () => {
  const hostile = Object.defineProperty(new Error('kept'), 'name', {
    get: () => {
      throw new Error('name');
    },
  });

  expect([new Error('x'), hostile, undefined, { name: 'ZodError' }].map(describeSchemaError)).toEqual(
    Array(4).fill(undefined),
  );
});
