import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../test/any-text.ts';
import { parsePythonLiteral } from './python-literal.ts';
import type { TextNode } from './text-node.ts';

/** Has Python print values: `["tuple", items]`, `["dict", pairs]` and `["list", items]` stand for what they name. */
const printer = `
import json, sys

def build(value):
    if not isinstance(value, list):
        return value
    kind, items = value
    if kind == 'dict':
        return {key: build(item) for key, item in items}
    items = [build(item) for item in items]
    return tuple(items) if kind == 'tuple' else items

print(json.dumps([repr(build(value)) for value in json.load(sys.stdin)]))
`;

/** A value for the printer, and what its text has to be read as. */
interface Sample {
  readonly value: unknown;
  readonly node: TextNode;
}

const { root } = fc.letrec<{ item: Sample; leaf: Sample; list: Sample; dict: Sample; root: Sample }>(
  (tie) => ({
    root: fc.oneof(tie('list'), tie('dict')),
    item: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('list'), tie('dict')),
    leaf: fc.oneof(
      anyText().map((text) => ({ value: text, node: { kind: 'text' as const, text } })),
      fc.integer().map((value) => ({ value, node: { kind: 'word' as const, text: String(value) } })),
      fc
        .constantFrom(
          [true, 'True'],
          [false, 'False'],
          [null, 'None'],
          [1e-5, '1e-05'],
          [0.1, '0.1'],
          [1e300, '1e+300'],
        )
        .map(([value, text]) => ({ value, node: { kind: 'word' as const, text: text as string } })),
    ),
    list: fc
      .tuple(fc.constantFrom('list', 'tuple'), fc.array(tie('item'), { maxLength: 4 }))
      .map(([kind, items]) => ({
        value: [kind, items.map(({ value }) => value)],
        node: { kind: 'list', items: items.map(({ node }) => node) },
      })),
    dict: fc.dictionary(anyText(), tie('item'), { maxKeys: 4 }).map((members) => {
      const pairs = Object.entries(members);
      return {
        value: ['dict', pairs.map(([key, { value }]) => [key, value])],
        node: { kind: 'object', entries: pairs.map(([key, { node }]) => [key, node] as const) },
      };
    }),
  }),
);

test('reads what Python prints of lists, tuples and dictionaries in one another', () => {
  const samples = fc.sample(root, 500);

  const { stdout, stderr } = spawnSync('python3', ['-c', printer], {
    input: JSON.stringify(samples.map(({ value }) => value)),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });

  expect(stderr).toBe('');
  for (const [at, text] of (JSON.parse(stdout) as string[]).entries()) {
    expect([text, parsePythonLiteral(text)]).toEqual([text, samples[at]?.node]);
  }
});

test.each([
  ['no bracket', '1, 2'],
  ['a text alone', "'a'"],
  ['what is not closed', '[1, (2, 3]'],
  ['two lists', '[1] [2]'],
  ['an item without a comma', '[1 2]'],
  ['a comma without an item', '[, 1]'],
  ['words without quotes', '[a, b]'],
  ['a key twice', "{1: 'a', '1': 'b'}"],
  ['a tuple as a key', "{(1, 2): 'a'}"],
  ['a dictionary that becomes a set', "{'a': 1, 'b'}"],
  ['a call', "[OrderedDict([('a', 1)])]"],
  ['a complex number', '[(1+2j)]'],
  ['bytes', "[b'a']"],
  ['a code point that there is not', "['\\U00110000']"],
  ['what is nested too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a text that is not closed', `['${'a\\'.repeat(100_000)}`],
])('does not read %s', (_what, text) => {
  expect(parsePythonLiteral(text)).toBeUndefined();
});
