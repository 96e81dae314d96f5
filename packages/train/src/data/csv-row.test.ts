import { expect, test } from 'vitest';
import { createCsvRow } from './csv-row.ts';

const row = createCsvRow('training/a.csv', 7, [
  'setosa',
  ' 5.1',
  '',
  '0x10',
  '-1e3',
  '9007199254740993',
  '1e999',
]);

test('cells are read as text and numbers', () => {
  expect(row.text(0)).toBe('setosa');
  expect(row.number(1)).toBe(5.1);
  expect(row.number(4)).toBe(-1000);
  expect(createCsvRow('f', 1, ['a', '1', '2']).numbers(1)).toEqual([1, 2]);
});

test.each([
  [0, 'training/a.csv: line 7, column 1 holds "setosa": expected a number'],
  [2, 'training/a.csv: line 7, column 3 holds "": expected a number'],
  [3, 'training/a.csv: line 7, column 4 holds "0x10": expected a number'],
  [
    5,
    'column 6 holds "9007199254740993": expected a number that fits a double (it would be read as 9007199254740992)',
  ],
  [
    6,
    'column 7 holds "1e999": expected a number that fits a double (it would be read as Infinity): read it with row.text',
  ],
  [9, 'training/a.csv: line 7, column 10 holds nothing: expected a number'],
])('column %i is not a number and says so', (column, message) => {
  expect(() => row.number(column)).toThrow(message);
});

test('an empty cell is not text', () => {
  expect(() => row.text(2)).toThrow('line 7, column 3 holds "": expected text');
});
