import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, toBytes } from '../../test/bodies.ts';
import { isLossyNumber } from '../number/is-lossy-number.ts';
import { csvCodec } from './csv-codec.ts';
import type { CsvEncodableRow } from './csv-encoder.ts';
import { decodeCsvValues, encodeCsvText } from './csv-values.ts';

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('1', '.', '-', 'e', ' ', '\t', 'x', '0', '+', '_', '\v', 'é') }),
  fc.double().map(String),
  fc.constantFrom('"1"', '"a,b"', '9007199254740993', '1e999', '0x10', ''),
);
const line = fc.array(cell, { minLength: 1, maxLength: 3 }).map((cells) => cells.join(','));
const text = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '')), { maxLength: 4 })
  .map((lines) => lines.flat().join(''));
const decimal = /^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/;
const isNumber = (value: string) => decimal.test(value) && !isLossyNumber(value.trim());

test('the rows are those of the codec, and a number is each cell that is a decimal number', () => {
  fc.assert(
    fc.property(text, fc.boolean(), (body, isText) => {
      const bytes = toBytes(body);
      const decode = () => decodeCsvValues(isText ? body : bytes);
      const expected = attempt(() => csvCodec.decode(bytes).map(({ cells }) => cells));
      if (expected === undefined) {
        expect(catchError(decode)).toEqual(catchError(() => csvCodec.decode(bytes)));
        return;
      }

      const { rows, readCells, areNumbers, hasLossyNumbers } = decode();

      const all = expected.flat();
      expect(rows).toEqual(
        expected.map((row) => row.map((value) => (isNumber(value) ? Number(value) : value))),
      );
      expect(readCells()).toEqual(expected);
      expect(areNumbers && !rows.flat().every((value) => typeof value === 'number')).toBe(false);
      expect(hasLossyNumbers).toBe(all.some((value) => decimal.test(value) && !isNumber(value)));
    }),
    { numRuns: 2_000 },
  );
});

function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

test.each<[string, boolean]>([
  ['1,2\n3,-4.5e1\n', true],
  ['1,x\n', false],
  ['1,\n', false],
  ['0x10\n', false],
  ['"1"\n', false],
])('whether %j is read straight from its bytes: %s', (body, isStraight) => {
  expect(decodeCsvValues(toBytes(body)).areNumbers).toBe(isStraight);
});

test('a body in another charset is read by it', () => {
  const body = Buffer.from('é,1\n', 'latin1');

  expect(decodeCsvValues(body, { parameters: { charset: 'latin1' } }).rows).toEqual([['é', 1]]);
});

const value = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '-', '.', 'é', '\ufeff'), maxLength: 4 }),
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

test('what is written as text is what the codec writes', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), (rows) => {
      const expected = attempt(() => csvCodec.encode(rows as CsvEncodableRow[]));

      expect(attempt(() => encodeCsvText(rows))).toBe(
        expected && new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected),
      );
    }),
    { numRuns: 1_000 },
  );
  expect(encodeCsvText(['setosa', 'Iris virginica', -0, 1e21])).toBe('setosa\nIris virginica\n-0\n1e+21\n');
});
