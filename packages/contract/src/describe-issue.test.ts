import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue } from './describe-issue.ts';

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

test('a value that JSON cannot write is named by its kind', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  expect(describeFirst(z.number(), cyclic).message).toBe('is an array: expected number');
  expect(describeFirst(z.number(), 5n).message).toBe('is 5n: expected number');
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
