import { expect, test } from 'vitest';
import { z } from 'zod';
import { areNumberRows, takesNumberRows } from './takes-number-rows.ts';

const rows = z.array(z.array(z.number()));

test.each([
  ['rows', rows],
  ['rows with metadata', z.array(z.array(z.number().describe('a length'))).meta({ title: 'Rows' })],
])('%s need not be held against numbers', (_name, schema) => {
  expect(takesNumberRows(schema)).toBe(true);
});

test.each([
  ['a bound of a number', z.array(z.array(z.number().min(1)))],
  ['integers', z.array(z.array(z.int()))],
  ['whole numbers', z.array(z.array(z.number().int()))],
  ['a width', z.array(z.array(z.number()).length(4))],
  ['a bound of rows', rows.max(10)],
  ['a refinement', rows.refine((value) => value.length < 3)],
  ['a transform', rows.transform((value) => value.length)],
  ['an overwrite', z.array(z.array(z.number().overwrite((value) => value + 1)))],
  ['a default', rows.optional()],
  ['text', z.array(z.array(z.string()))],
  ['a union', z.array(z.array(z.union([z.number(), z.string()])))],
  ['one row', z.array(z.number())],
  ['a tuple', z.array(z.tuple([z.number()]))],
  ['a pipe', z.preprocess((value) => value, rows)],
  ['anything', z.unknown()],
])('%s is checked', (_name, schema) => {
  expect(takesNumberRows(schema)).toBe(false);
});

test.each([
  ['no rows', []],
  ['an empty row', [[]]],
  ['rows of all lengths', [[1], [2, -0.5, 1e300]]],
])('%s are rows of numbers', (_name, value) => {
  expect(areNumberRows(value)).toBe(true);
  expect(rows.safeParse(value)).toEqual({ success: true, data: value });
});

test.each([
  ['infinity', [[1], [2, Number.POSITIVE_INFINITY]]],
  ['not a number', [[Number.NaN]]],
  ['a missing number', [[1, null]]],
  ['a gap', [Array(1)]],
  ['text', [[1, '2']]],
  ['a typed row', [new Float64Array(1)]],
  ['numbers that are not a row', [1, 2]],
  ['deeper rows', [[[1]]]],
  ['one object', { 0: [1] }],
  ['nothing', null],
])('%s is not in rows of numbers', (_name, value) => {
  expect(areNumberRows(value)).toBe(false);
  expect(rows.safeParse(value).success).toBe(false);
});
