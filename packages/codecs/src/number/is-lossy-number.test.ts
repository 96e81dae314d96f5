import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLossyNumber } from './is-lossy-number.ts';

test.each([
  ['a whole number above 2^53', '9007199254740993'],
  ['a negative one', '-9007199254740993'],
  ['one with a sign and zeros in front', '+009007199254740993'],
  ['one that is spelt with decimals', '9007199254740993.0'],
  ['one that is spelt with an exponent', '9.007199254740993e15'],
  ['many digits', '12345678901234567890'],
  ['a hash that overflows', '31e4567'],
  ['a negative overflow', '-1e309'],
  ['an exponent that overflows itself', `1e${'9'.repeat(400)}`],
  ['a number with decimals that overflows', `${'9'.repeat(310)}.5`],
  ['an underflow', '1e-400'],
  ['an underflow without an exponent', `0.${'0'.repeat(400)}1`],
])('%s is lossy', (_what, text) => {
  expect(isLossyNumber(text)).toBe(true);
});

test.each([
  ['zero', '0'],
  ['minus zero', '-0.0'],
  ['zero with an exponent that would overflow', '0e4567'],
  ['2^53', '9007199254740992'],
  ['the shortest spelling of a large double', '12345678901234567000'],
  ['a power of ten that no double is', '1e23'],
  ['the same in digits', '100000000000000000000000'],
  ['the largest double', '1.7976931348623157e308'],
  ['the smallest double', '5e-324'],
  ['decimals that are rounded', '0.1000000000000000055511151231257827'],
  ['a large number with decimals that are rounded', '9007199254740993.5'],
  ['a number without digits in front of the point', '.5'],
  ['one without digits behind it', '5.'],
  ['not a number', 'NaN'],
  ['infinity, which is meant', 'Infinity'],
  ['hexadecimal digits', '0x1fffffffffffffffff'],
  ['a point alone', '.'],
  ['nothing', ''],
])('%s is not lossy', (_what, text) => {
  expect(isLossyNumber(text)).toBe(false);
});

test('what a double prints is never lossy, in any spelling', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(20), (value, places) => {
      expect(isLossyNumber(String(value))).toBe(false);
      expect(isLossyNumber(value.toExponential())).toBe(false);
      if (Math.abs(value) < 2 ** 53) expect(isLossyNumber(value.toFixed(places))).toBe(false);
    }),
  );
});

test('a whole number is lossy exactly when the shortest spelling of its double is another one', () => {
  const integer = fc.oneof(
    fc.bigInt(-(2n ** 70n), 2n ** 70n),
    fc.tuple(fc.bigInt(0n, 10n ** 17n), fc.nat(30)).map(([digits, zeros]) => digits * 10n ** BigInt(zeros)),
  );
  fc.assert(
    fc.property(integer, (value) => {
      // Above 10^21 a double prints an exponent, which BigInt does not read.
      const [digits = '', power = '0'] = String(Number(value)).split('e+');
      const [whole = '', fraction = ''] = digits.split('.');
      const shortest = BigInt(whole + fraction) * 10n ** BigInt(Number(power) - fraction.length);

      expect(isLossyNumber(String(value))).toBe(shortest !== value);
    }),
  );
});
