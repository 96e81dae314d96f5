import { expect, test } from 'vitest';
import { findLastWords } from './find-last-words.ts';

const edge = '-'.repeat(74);
const note = [
  edge,
  'Primary job  terminated normally, but 1 process returned',
  'a non-zero exit code.',
  edge,
];

test.each([
  ['standard error', ['oops'], ['epoch 1'], ['oops']],
  ['standard output, where standard error is empty', [], ['no rows'], ['no rows']],
  ['standard output, where standard error has no words', ['', '\u001b[0m'], ['no rows'], ['no rows']],
  ['standard error, where neither has any', [''], [], ['']],
])('the last words are those of %s', (_, lastErrorLines, lastOutputLines, words) => {
  expect(findLastWords({ lastErrorLines, lastOutputLines }, { hasMpirun: false })).toEqual(words);
});

test('what mpirun says of a program is not what the program says', () => {
  const find = (lastErrorLines: readonly string[], lastOutputLines: readonly string[]) =>
    findLastWords({ lastErrorLines, lastOutputLines }, { hasMpirun: true });

  expect(find(note, ['no rows'])).toEqual(['no rows']);
  expect(find([...note, 'oops', ...note], ['epoch 1'])).toEqual([...note, 'oops', ...note]);
  expect(find(note, [])).toEqual(note);
});
