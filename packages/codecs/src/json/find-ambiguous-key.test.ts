import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findAmbiguousKey } from './find-ambiguous-key.ts';

const find = (text: string) => findAmbiguousKey(text, JSON.parse(text));

test.each([
  ['{"a": 1, "a": 2}', { at: 9, key: 'a' }],
  ['[{"a": 1}, {"b": {"a": 1, "c:": ":", "a" : 2}}]', { at: 37, key: 'a' }],
  ['{"a": 1, "\\u0061": 2}', { at: 9, key: 'a' }],
  ['{"__proto__": 1}', { at: 1, key: '__proto__' }],
  ['{"a": {"\\u005f_proto__": 1}}', { at: 7, key: '__proto__' }],
  ['{"": 1, "": 2}', { at: 8, key: '' }],
])('finds the first ambiguous key of %s', (text, expected) => {
  expect(find(text)).toEqual(expected);
});

test.each([
  '{"a": {"a": {"a": 1}}}',
  '[{"a": 1}, {"a": 2}]',
  '{"a": "a", "b": ["a", "a:", "\\"a\\":"]}',
  '"__proto__"',
  '{"constructor": 1}',
])('finds nothing in %s', (text) => {
  expect(find(text)).toBeUndefined();
});

test('finds nothing in what JSON.stringify writes, and one key that is written again', () => {
  // `__proto__` is the one name that fast-check may choose and that is ambiguous alone.
  const value = fc.jsonValue().filter((given) => !JSON.stringify(given).includes('__proto__'));
  fc.assert(
    fc.property(value, fc.string(), (given, key) => {
      fc.pre(key !== '__proto__');
      const text = JSON.stringify(given);
      const name = JSON.stringify(key);

      expect(find(text)).toBeUndefined();
      expect(find(`{${name}: ${text}, "other${key.length}": 0, ${name}: 0}`)).toMatchObject({ key });
    }),
  );
});
