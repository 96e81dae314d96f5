/** What a program gets of its hyperparameters: the very text, and the same digits. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../test/any-text.ts';
import { nameValue, prepareJob, prepareValues } from '../../test/prepare-values.ts';

const spelling = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/),
    fc.stringMatching(/^(\.[0-9]{1,20})?$/),
    fc.stringMatching(/^([eE][+-]?[0-9]{1,4})?$/),
  )
  .map((parts) => parts.join(''));

/** A text in JSON without spaces, and how `SM_HPS` has it. */
interface Spelt {
  readonly text: string;
  readonly expected: string;
}

const { document } = fc.letrec<{ document: Spelt; number: Spelt; other: Spelt; list: Spelt; object: Spelt }>(
  (tie) => ({
    document: fc.oneof({ maxDepth: 4 }, tie('number'), tie('other'), tie('list'), tie('object')),
    number: spelling.map((text) => ({
      text,
      expected: Number.isFinite(Number(text)) ? text : `"${text}"`,
    })),
    other: fc
      .oneof(fc.string(), fc.constantFrom(null, true, false))
      .map((value) => JSON.stringify(value).replaceAll('\x7f', '\\u007f'))
      .map((text) => ({ text, expected: text })),
    list: fc.array(tie('document')).map((items) => ({
      text: `[${items.map(({ text }) => text)}]`,
      expected: `[${items.map(({ expected }) => expected)}]`,
    })),
    object: fc.array(tie('document'), { maxLength: 9 }).map((items) => ({
      text: `{${items.map(({ text }, at) => `"k${at}":${text}`)}}`,
      expected: `{${items.map(({ expected }, at) => `"k${at}":${expected}`)}}`,
    })),
  }),
);

/** The rule, in other words than the code has for it. */
function expectArgument(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
    return value === null ? '' : value === true ? 'True' : value === false ? 'False' : text;
  } catch {
    return text;
  }
}

test('arguments and variables are the text as it was delivered, less one layer of JSON string quoting', async () => {
  const plain = anyText().filter((text) => !text.includes('\0') && text.isWellFormed());
  const text = fc.oneof(
    plain,
    plain.map((value) => JSON.stringify(value)),
    spelling,
    fc.json(),
    fc.constantFrom('true', 'false', 'null'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 30 }), async (texts) => {
      const expected = texts.map(expectArgument);

      const prepared = await prepareValues('train.py', texts);

      expect(prepared.names).toEqual(texts.map((_text, at) => `--${nameValue(at)}`));
      expect(prepared.arguments).toEqual(expected);
      expect(prepared.variables).toEqual(
        expected.map((argument, at) =>
          /^(true|false)$/.test(texts[at]?.trim() ?? '') ? texts[at] : argument,
        ),
      );
    }),
    { numRuns: 10 },
  );
});

test('SM_HPS has the same digits as JSON, and as a string what overflows a double', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 10 }), async (documents) => {
      const prepared = await prepareValues(
        'train.py',
        documents.map(({ text }) => text),
      );

      expect(prepared.json).toBe(
        `{${documents.map(({ expected }, at) => `"${nameValue(at)}":${expected}`).join(',')}}`,
      );
    }),
    { numRuns: 10 },
  );
});

test.each([
  [
    'an empty name',
    { '': '1' },
    'hyperparameter "" has no name, so it cannot be passed to a program: name it',
  ],
  ['a NUL character', { a: 'x\0y' }, 'hyperparameter "a" contains a NUL character'],
  ['a NUL character in JSON', { a: '"x\\u0000y"' }, 'hyperparameter "a" contains a NUL character'],
  ['half of a character', { a: '"\\ud83d"' }, 'hyperparameter "a" contains half of a surrogate pair'],
  [
    'half of a character in a name',
    { 'a\ud83d': '1' },
    'hyperparameter "a\\ud83d" contains half of a surrogate',
  ],
])('a job with %s is refused', async (_what, hyperparameters, message) => {
  await expect(prepareJob('train.py', hyperparameters)).rejects.toMatchObject({
    code: 'HYPERPARAMETER_INVALID',
    message: expect.stringContaining(message),
  });
});

test('names of one character have one hyphen', async () => {
  const { arguments: argv } = await prepareJob('train.py', { a: '1', ab: '2', '😀': '3' });

  expect(argv.slice(-6)).toEqual(['-a', '1', '--ab', '2', '-😀', '3']);
});

test('JavaScript programs get true for true, and all others True', async () => {
  const texts = ['true', 'false', 'null', '"true"', '[true]'];

  for (const program of ['train.mjs', 'train.ts']) {
    expect((await prepareValues(program, texts)).arguments).toEqual(['true', 'false', '', 'true', '[true]']);
  }
  for (const program of ['train.py', 'train.sh', 'train']) {
    expect((await prepareValues(program, texts)).arguments).toEqual(['True', 'False', '', 'true', '[true]']);
  }
});
