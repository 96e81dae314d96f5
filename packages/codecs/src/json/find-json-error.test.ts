import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonError } from './find-json-error.ts';

const parses = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const fragment = fc.constantFrom(
  ...'{}[],:"\\ -+.019eEtrufalsn\n\u0001bx'.split(''),
  'true',
  '"a"',
  '1.5e+3',
  '\\u00e9',
);

test.each([
  ['', 0],
  ['abc', 0],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['{a:1}', 1],
  ['[NaN]', 1],
  ['nul', 3],
  ['nulx', 3],
  ['01', 1],
  ['1.', 2],
  ['-x', 1],
  ['1e+', 3],
  ['"a\nb"', 2],
  ['"\\x"', 2],
  ['"\\u00x', 5],
  ['"\\u', 3],
  ['"\\', 2],
  ['[}', 1],
  ['1]', 1],
  ['"abc', 4],
])('finds the fault of %j at %i', (text, expected) => {
  expect(findJsonError(text)).toBe(expected);
});

test('agrees with the place V8 names, wherever it names one', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const position = positionOfV8(text);
      fc.pre(position !== undefined);

      expect(findJsonError(text)).toBe(position);
    }),
    { numRuns: 5000 },
  );
});

test('finds a fault in whatever does not parse, at a place up to which the text could go on', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      fc.pre(!parses(text));

      const at = findJsonError(text);

      expect(at).toBeLessThanOrEqual(text.length);
      expect(findJsonError(text.slice(0, at))).toBe(at);
    }),
    { numRuns: 5000 },
  );
});

function positionOfV8(text: string): number | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const position = / at position (\d+)/.exec((error as Error).message)?.[1];
    return position === undefined ? undefined : Number(position);
  }
  return undefined;
}
