import { expect, test } from 'vitest';
import { cleanLine, cutEnd, cutStart, joinLines } from './clean-text.ts';

test('a cut at the end keeps surrogate pairs whole', () => {
  expect(cutEnd('a😀bcdef', 5)).toBe('a...');
  expect(cutEnd('a😀bcdef', 6)).toBe('a😀...');
});

test('a cut at the start keeps surrogate pairs whole', () => {
  expect(cutStart('abcdef😀g', 5)).toBe('...g');
  expect(cutStart('abcdef😀g', 6)).toBe('...😀g');
});

test('a text that fits is not cut, and one that has no room is left out', () => {
  expect([cutEnd('abc', 3), cutEnd('abcd', 3), cutStart('abc', 3), cutStart('abcd', 3)]).toEqual([
    'abc',
    '',
    'abc',
    '',
  ]);
});

test('colours, control characters, overwritten text and halves of pairs go', () => {
  expect(cleanLine('10 %\r\u001b[32mdone\u001b[0m\u0000\t\ud800!\r')).toBe('done \ufffd!');
});

test('lines become one, blank ones left out', () => {
  expect(joinLines('first:\n\n- a\n- b\n')).toBe('first: - a; - b');
});
