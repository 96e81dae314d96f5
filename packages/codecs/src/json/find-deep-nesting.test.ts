import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findDeepNesting } from './find-deep-nesting.ts';

/** The plain way: every value within a value is one level more. */
function measureDepth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(measureDepth));
}

test('tells for any JSON whether it is nested deeper than allowed', () => {
  const tricky = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a') });

  fc.assert(
    fc.property(
      fc.json({ maxDepth: 6, stringUnit: 'grapheme' }),
      tricky,
      fc.nat({ max: 6 }),
      (text, key, maximum) => {
        const body = `{${JSON.stringify(key)}: ${text}, "b": ${JSON.stringify(key)}}`;

        expect(findDeepNesting(body, maximum) !== undefined).toBe(measureDepth(JSON.parse(body)) > maximum);
      },
    ),
    { numRuns: 2000 },
  );
});

test('names the bracket that goes too deep', () => {
  expect(findDeepNesting('[[[]], [[]]]', 2)).toBe(2);
  expect(findDeepNesting('["[[[", {}, []]', 2)).toBeUndefined();
});
