import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../json/parse-json.ts';
import { readJsonRows } from './read-json-rows.ts';

const read = (text: string) => readJsonRows(new TextEncoder().encode(text));

const rows = fc.constantFrom('[[1,-2.5]]', '[[1],[2, 3]]', '[]', '[1]', '[["1"]]', '[[1]', '[[01]]');
const space = fc.constantFrom('', '', ' ', '\n\t', '\u00a0');
const name = fc.constantFrom('"instances"', '"inputs"', '"features"', 'instances', '"instances" "a"');
const document = fc.oneof(
  fc.tuple(space, rows, space, fc.constantFrom('', '', '}', ',', '[[1]]')),
  fc.tuple(
    space,
    fc.constant('{'),
    space,
    name,
    fc.constant(':'),
    space,
    rows,
    space,
    fc.constantFrom('}', '}', '', ',"a":1}', '}}'),
    space,
  ),
);

test('what is read without the parser is what the parser reads', () => {
  fc.assert(
    fc.property(document, (parts) => {
      const text = parts.join('');
      const decoded = read(text);
      fc.pre(decoded !== undefined);

      const { key, rows } = decoded;

      expect(key === undefined ? rows : { [key]: rows }).toEqual(parseJson(text));
    }),
    { numRuns: 500, maxSkipsPerRun: 1_000 },
  );
});

test.each([
  ['[[5.1,3.5]]', undefined],
  [' {"instances": [[5.1, 3.5]] }\n', 'instances'],
  ['{"inputs":[[5.1,3.5]]}', 'inputs'],
  ['{"any_key":[[5.1,3.5]]}', 'any_key'],
])('%j is read, with the key %s', (text, key) => {
  expect(read(text)).toEqual({ key, rows: [[5.1, 3.5]] });
});

test.each([
  '{"instances":[[1]],"instances":[[2]]}',
  '{"instances":[[1]],"a":1}',
  '{"__proto__":[[1]]}',
  '{"a b":[[1]]}',
  '{"instances":[[1]]',
  '[[1]] [[2]]',
  '[[1]]}',
  '{"instances":{"a":[[1]]}}',
  `[[1]]${' '.repeat(1_000)}x`,
  '',
])('%j is left to the parser', (text) => {
  expect(read(text)).toBeUndefined();
});
