import { csvCodec, isLossyNumber } from '@optml/codecs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCell, readNumberRows, readPlainRows } from './read-plain-rows.ts';
import { writePlainRows } from './write-plain-rows.ts';

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('1', '.', '-', 'e', ' ', '\t', 'x', '"', '0', '+', '_', '\v') }),
  fc.double().map(String),
);
const line = fc.array(cell, { minLength: 1, maxLength: 3 }).map((cells) => cells.join(','));
const text = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '')), { maxLength: 4 })
  .map((lines) => lines.flat().join(''));

test('what is read without the codec is what the codec reads', () => {
  fc.assert(
    fc.property(text, (body) => {
      const plain = readPlainRows(body);
      fc.pre(plain !== undefined);

      const rows = csvCodec.decode(new TextEncoder().encode(body));

      expect(plain).toEqual(rows.map(({ cells }) => cells));
    }),
    { numRuns: 2_000 },
  );
});

test('rows of numbers are the numbers of their cells', () => {
  fc.assert(
    fc.property(text, (body) => {
      const numbers = readNumberRows(new TextEncoder().encode(body));
      fc.pre(numbers !== undefined);

      const rows = csvCodec.decode(new TextEncoder().encode(body));

      expect(numbers).toEqual(rows.map(({ cells }) => cells.map((cell) => readCell(cell))));
    }),
    { numRuns: 2_000 },
  );
});

test.each(['1,2\n3\n', '1,x\n', '1,\n', '1,1e999\n', '0x10\n', '"1"\n', '1\n\u00e9\n'])(
  'the body %j is not read as rows of numbers',
  (body) => {
    expect(readNumberRows(new TextEncoder().encode(body))).toBeUndefined();
  },
);

test('rows without quotes of one width are read without the codec', () => {
  expect(readPlainRows('1,2\r\n\n3,x\n')).toEqual([
    ['1', '2'],
    ['3', 'x'],
  ]);
  expect([readPlainRows('1,2\n3\n'), readPlainRows('"1"'), readPlainRows('1\r2')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a cell is a number exactly where its text is a decimal number', () => {
  const decimal = /^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/;

  fc.assert(
    fc.property(cell, (value) => {
      const isNumber = decimal.test(value) && !isLossyNumber(value.trim());

      expect(readCell(value)).toBe(isNumber ? Number(value) : value);
    }),
    { numRuns: 2_000 },
  );
});

const value = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '-', '.', 'é'), maxLength: 4 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const row = fc.oneof(
  value,
  fc.array(value, { maxLength: 3 }),
  fc.float32Array({ maxLength: 3 }),
  fc.float64Array({ maxLength: 3 }),
);

test('what is written without the codec is what the codec writes', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      const plain = writePlainRows(rows);
      fc.pre(plain !== undefined);

      expect(plain).toBe(new TextDecoder().decode(csvCodec.encode(rows)));
    }),
    { numRuns: 2_000 },
  );
});

test('labels and numbers are written without the codec', () => {
  expect(writePlainRows(['setosa', 'Iris virginica', -0, 1e21])).toBe('setosa\nIris virginica\n-0\n1e+21\n');
  expect(writePlainRows([[1, 2], [3]])).toBeUndefined();
});
