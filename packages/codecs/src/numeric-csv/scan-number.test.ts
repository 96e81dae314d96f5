import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes } from '../../test/bodies.ts';
import { scanNumber } from './scan-number.ts';

/** The number at the start of a text, and how many characters it took. */
function scan(text: string): [number, number] {
  const cursor = { at: 0 };
  const value = scanNumber(toBytes(`${text}\n`), cursor);
  return [value, cursor.at];
}

const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength });
const anyDouble = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0] ?? 0)
  .filter(Number.isFinite);

test('reads the shortest text of every finite double as Number does', () => {
  fc.assert(
    fc.property(fc.oneof(anyDouble, fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => {
      const text = Object.is(value, -0) ? '-0' : String(value);

      expect(scan(text)).toEqual([value, text.length]);
    }),
    { numRuns: 20_000 },
  );
});

test('reads any decimal text as Number does', () => {
  const text = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      digits(22),
      fc.oneof(
        fc.constant(''),
        digits(24).map((fraction) => `.${fraction}`),
      ),
      fc.oneof(
        fc.constant(''),
        fc
          .tuple(fc.constantFrom('e', 'E'), fc.integer({ min: -330, max: 310 }))
          .map((parts) => parts.join('')),
      ),
    )
    .filter(([, whole, fraction]) => whole !== '' || fraction.length > 1)
    .map((parts) => parts.join(''));

  fc.assert(
    fc.property(text, (written) => {
      expect(scan(written)).toEqual([Number(written), written.length]);
    }),
    { numRuns: 20_000 },
  );
});

test('reads decimals next to the middle between two doubles as Number does', () => {
  const middle = fc
    .tuple(
      fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
      fc.integer({ min: 0, max: 22 }),
      fc.integer({ min: -1, max: 1 }),
    )
    .map(([mantissa, power, nudge]) => {
      const [first = '', ...rest] = String((mantissa * 2n + 1n) * 10n + BigInt(nudge));
      return `${first}.${rest.join('')}e${power - 11}`;
    });

  fc.assert(
    fc.property(middle, (written) => {
      expect(scan(written)).toEqual([Number(written), written.length]);
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ['9007199254740993', 9007199254740992],
  ['9007199254740993.0000000001', 9007199254740994],
  ['0.30000000000000004', 0.30000000000000004],
  ['123456789', 123456789],
  ['1234567890', 1234567890],
  ['999999999999999999', 1e18],
  ['0.00012345678901234567', 0.00012345678901234567],
  ['000000000000000000000000001', 1],
  ['0.0000000000000000000000000000', 0],
  ['-0.0e5', -0],
  ['1e400', Number.POSITIVE_INFINITY],
  ['-1e400', Number.NEGATIVE_INFINITY],
  ['1e-400', 0],
  ['1e99999999999999999999', Number.POSITIVE_INFINITY],
  ['0e99999999999999999999', 0],
  ['4.9e-324', 5e-324],
  ['1.7976931348623157e308', Number.MAX_VALUE],
])('reads %s exactly', (text, expected) => {
  expect(scan(text)).toEqual([expected, text.length]);
});

test.each([
  '',
  '.',
  '-',
  '+',
  '-.',
  'e5',
  '.e5',
  '1e',
  '1e+',
  '1E-',
  'NaN',
  'Infinity',
  '-Infinity',
  'abc',
  ' 1',
])('finds no number in %j', (text) => {
  expect(scan(text)[0]).toBeNaN();
});

test.each([
  ['1.2.3', 1.2, 3],
  ['0x10', 0, 1],
  ['1_000', 1, 1],
  ['1-2', 1, 1],
  ['5,6', 5, 1],
  ['1e5e5', 1e5, 3],
])('ends a number where it ends in %j', (text, value, length) => {
  expect(scan(text)).toEqual([value, length]);
});
