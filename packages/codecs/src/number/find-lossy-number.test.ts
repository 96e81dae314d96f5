import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findLossyNumber } from './find-lossy-number.ts';
import { isLossyNumber } from './is-lossy-number.ts';

const find = (text: string) => findLossyNumber(text, JSON.parse(text));

test.each([
  ['alone', '9007199254740993', 0],
  ['with a sign, behind white space', ' \n-9007199254740993', 2],
  ['in a list, behind large ones that are kept', '[1e300,100000000000000000000,31e4567]', 29],
  ['in an object, behind text that looks like one', '{"9007199254740993":"\\"1e400","a":{"b":1e400}}', 39],
  ['that underflows', '[0,1E-400]', 3],
  ['that underflows with an exponent of two digits', `[0.${'0'.repeat(300)}1e-99]`, 1],
])('a lossy number is found %s', (_where, text, at) => {
  expect(find(text)?.at).toBe(at);
});

test.each([
  '{"a":[0,0.0,-0,1e-5,0e-400,"1e-400"],"e-400":null}',
  '[]',
  '"9007199254740993"',
  '[5e-324,1e23]',
])('nothing is found in %s', (text) => {
  expect(find(text)).toBeUndefined();
});

test('the first is found wherever it is', () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/);
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.stringMatching(/^(\.(0{0,9}|0{300})[0-9]{1,20})?$/),
      fc.stringMatching(/^([eE][+-]?[0-9]{1,3})?$/),
    )
    .map((parts) => parts.join(''));
  const other = fc.oneof(fc.string(), fc.constant(null)).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.array(fc.oneof(number, other)), (items) => {
      const text = `{"a":[[${items.join(',')}]]}`;
      const index = items.findIndex(isLossyNumber);

      const expected =
        index < 0
          ? undefined
          : `{"a":[[${items
              .slice(0, index)
              .map((item) => `${item},`)
              .join('')}`.length;

      expect(find(text)?.at).toBe(expected);
    }),
  );
});
