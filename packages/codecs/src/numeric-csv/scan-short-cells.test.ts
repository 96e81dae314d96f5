import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes } from '../../test/bodies.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import { decodeNumericCsv, readNumericCsv } from './read-numeric-csv.ts';
import { scanShortCells } from './scan-short-cells.ts';

/** Reads one row, and says what stands behind what was read. */
function scan(text: string, limit = 10) {
  const cursor = { at: 0 };
  const values: number[] = [];
  const read = scanShortCells(toBytes(text), cursor, values, 0, limit);
  return { read, values, rest: text.slice(cursor.at) };
}

test.each([
  ['1,2\n', [1, 2], '\n'],
  ['.5,5.\r', [0.5, 5], '\r'],
  ['-0,-1.25,007\r\n', [-0, -1.25, 7], '\r\n'],
  ['123456789,0.12345678\n', [123456789, 0.12345678], '\n'],
  ['1,2,3\n', [1, 2], ',3\n'],
])('reads %j', (text, values, rest) => {
  expect(scan(text, rest.startsWith(',') ? 2 : 10)).toEqual({ read: values.length, values, rest });
});

test.each(['', '.', '-', '+1', ' 1', '1 ', '"1"', '1e5', '1.2.3', '1234567890', 'x', '1x', '--1', '1-'])(
  'stops in front of a cell of %j',
  (cell) => {
    expect(scan(`7,${cell}\n`)).toEqual({ read: 1, values: [7], rest: `,${cell}\n` });
    expect(scan(`${cell}\n`)).toEqual({ read: 0, values: [], rest: `${cell}\n` });
  },
);

test('cells of few digits are what Number makes of them, among those of many', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 11 });
  const cell = fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('', '.'), digits)
    .filter(([, whole, , fraction]) => whole + fraction !== '')
    .map((parts) => parts.join(''))
    .filter((text) => !isLossyNumber(text));
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
      const { values } = decodeNumericCsv(toBytes(cells.join(',')));

      expect([...values]).toEqual(cells.map(Number));
    }),
    { numRuns: 5_000 },
  );
});

test('a row that is too wide does not change the one before it', async () => {
  const rows: number[][] = [];
  const read = async () => {
    for await (const { values } of readNumericCsv([toBytes('1,2\n9,9,9,x\n')])) rows.push([...values]);
  };

  await expect(read()).rejects.toMatchObject({ record: 1 });

  expect(rows).toEqual([[1, 2]]);
});
