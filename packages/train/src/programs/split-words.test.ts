import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { splitWords } from './split-words.ts';

test('words are those of Python’s shlex', () => {
  const texts = [
    ...['', ' ', '-verbose', '-x A=1 -x B=2', '  a\tb\n c\r\n', "'a b' c", '"a b"c', `-x "A=b c"`],
    ...[`a''b`, `'' ""`, `"it's" 'say "x"'`, `\\a \\\\ \\" \\'`, `"\\a \\\\ \\" \\$"`, `'\\'`, `a\\ b`],
    ...['$HOME `id` $(id) *.py ; | > # x', '--mca btl ^openib', '-x "NAME=Zoë ☃"', `a"b"'c'd`, '"a\nb"'],
  ];
  const script = 'import json, shlex, sys; print(json.dumps([shlex.split(t) for t in json.load(sys.stdin)]))';

  const expected = JSON.parse(
    execFileSync('python3', ['-c', script], { input: JSON.stringify(texts) }).toString(),
  );

  expect(texts.map(splitWords)).toEqual(expected);
});

test.each([
  ["-x 'A=b", "opens a quote that is not closed: 'A=b"],
  ['a "b\\"', 'opens a quote that is not closed: "b\\"'],
  ['a\\', 'ends with a backslash'],
])('%j is refused', (text, message) => {
  expect(() => splitWords(text)).toThrow(message);
});
