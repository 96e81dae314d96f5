import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes } from '../../test/bodies.ts';
import { CodecError } from '../errors.ts';
import type { NumericMatrix } from './numeric-csv-options.ts';
import { decodeNumericCsv, decodeNumericCsvRows } from './read-numeric-csv.ts';

const part = fc.constantFrom(
  '1',
  '-2.5',
  '3e4',
  '0.1234567890123456',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '"',
  'x',
  ' ',
);
const bodies = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''));

test('lists hold what a matrix of the same body does, and are refused with the same error', () => {
  const width = fc.record({ columns: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] });
  fc.assert(
    fc.property(bodies, width, (text, options) => {
      const expected = attempt(() => toRows(decodeNumericCsv(toBytes(text), options)));

      const actual = attempt(() => decodeNumericCsvRows(toBytes(text), options));

      expect(actual).toEqual(expected);
    }),
    { numRuns: 5_000 },
  );
});

function toRows({ rows, columns, values }: NumericMatrix): number[][] {
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return error;
  }
}

test('lists do not share what they hold', () => {
  const lists = decodeNumericCsvRows(toBytes('1,2\n3,4\n'));

  (lists[0] as number[])[0] = 9;

  expect(lists).toEqual([
    [9, 2],
    [3, 4],
  ]);
});
