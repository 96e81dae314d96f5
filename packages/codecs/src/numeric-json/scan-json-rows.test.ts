import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes } from '../../test/bodies.ts';
import { parseJson } from '../json/parse-json.ts';
import { scanJsonRows } from './scan-json-rows.ts';

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });
const spelling = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.oneof(digits, fc.constantFrom('', '0', '007')),
    fc.oneof(
      fc.constantFrom('', '.', '.5.'),
      digits.map((text) => `.${text}`),
    ),
    fc.constantFrom('', '', '', 'e5', 'E-7', 'e+2', 'e', 'e-400', 'e999'),
  )
  .map((parts) => parts.join(''));
const number = fc.oneof(
  { arbitrary: fc.double().map(String), weight: 3 },
  { arbitrary: fc.double({ min: -1_000, max: 1_000 }).map((value) => value.toFixed(2)), weight: 3 },
  { arbitrary: fc.integer().map(String), weight: 3 },
  { arbitrary: spelling, weight: 2 },
  fc.constantFrom('null', '"1"', '[1]', '{}', '-', '-0', '0.0', '9007199254740993', '1e400', '1_0', ''),
);
const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t', '\f');
const list = (item: fc.Arbitrary<string>, maxLength: number) =>
  fc
    .tuple(fc.array(fc.tuple(space, item, space), { maxLength }), fc.constantFrom('', '', '', '', ','))
    .map(([items, extra]) => `[${items.map((parts) => parts.join('')).join(',')}${extra}]`);

/** What has been read, or undefined; bytes behind the rows belong to the caller. */
function scan(text: string): unknown {
  const read = scanJsonRows(toBytes(text), 0);
  return read !== undefined && read.end === text.length ? read.rows : undefined;
}

test('rows that are read are those that the parser reads, without a loss', () => {
  fc.assert(
    fc.property(list(list(number, 4), 3), (text) => {
      const rows = scan(text);
      fc.pre(rows !== undefined);

      expect(rows).toEqual(parseJson(text));
    }),
    { numRuns: 1_000, maxSkipsPerRun: 1_000 },
  );
});

test('rows of any doubles are read, however wide each is', () => {
  const finite = fc.double({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1, noNaN: true });
  const others = fc.array(fc.array(finite, { minLength: 1, maxLength: 5 }), { maxLength: 5 });

  fc.assert(
    fc.property(others, fc.constantFrom(undefined, 1), (rows, indent) => {
      const text = JSON.stringify([[1], ...rows], null, indent);

      expect(scan(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  '[]',
  '[[]]',
  '[[1],[]]',
  '[1]',
  '[[1]',
  '[[1',
  '[[1.',
  '[[-',
  '[[1],]',
  '[[1,]]',
  '[[,1]]',
  '[[01]]',
  '[[+1]]',
  '[[.5]]',
  '[[5.]]',
  '[[5.e1]]',
  '[[1234567890.]]',
  '[[1e]]',
  '[[NaN]]',
  '[[Infinity]]',
  '[[0x10]]',
  '[[1 2]]',
  '[[9007199254740992]]',
  '[[1e400]]',
  '[[1e-400]]',
  '[["1"]]',
  '[[null]]',
  '[[[1]]]',
  '{"a":[[1]]}',
  '\ufeff[[1]]',
])('%j is left to the parser', (text) => {
  expect(scanJsonRows(toBytes(text), 0)).toBeUndefined();
});

test('tells where the rows end, and what is in front of them is not looked at', () => {
  const text = '{"instances": [[1, -0], [2.5e-3,4]] } ';

  const read = scanJsonRows(toBytes(text), text.indexOf('['));

  expect(read).toEqual({
    rows: [
      [1, -0],
      [0.0025, 4],
    ],
    end: text.indexOf(']]') + 2,
  });
});
