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
