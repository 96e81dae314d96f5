import { expect, test } from 'vitest';
import { z } from 'zod';
import { takesNumberRows } from './takes-number-rows.ts';

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
