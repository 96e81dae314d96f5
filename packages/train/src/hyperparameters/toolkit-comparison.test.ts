/** docs/hyperparameters.md, the code and the Python toolkit agree on what a program gets. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nameValue, prepareValues } from '../../test/prepare-values.ts';

const document = readFileSync(new URL('../../../../docs/hyperparameters.md', import.meta.url), 'utf8');

const readCell = (cell: string) =>
  cell === 'nothing' ? '' : cell.slice(1, -1).replaceAll('␣', ' ').replaceAll('↵', '\n');

/** The rows of the comparison: the text, what a program gets here and under the toolkit, and why they differ. */
const rows = [...document.matchAll(/^\| (.*) \|$/gm)]
  .map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 8 && /^(nothing|`.*`)$/.test(cells[0] ?? ''))
  .map(([text = '', ...cells]) => {
    const [
      argument = '',
      itsArgument = '',
      variable = '',
      itsVariable = '',
      json = '',
      itsJson = '',
      why = '',
    ] = cells;
    const pairs = [
      [argument, itsArgument],
      [variable, itsVariable],
      [json, itsJson],
    ] as const;
    return {
      text: readCell(text),
      here: pairs.map(([ours]) => readCell(ours)),
      there: pairs.map(([ours, its]) => readCell(its === 'same' ? ours : its)),
      differs: pairs.some(([, its]) => its !== 'same'),
      reasons: why.split(', ').filter(Boolean),
    };
  });

/** What the toolkit makes of texts: it decodes JSON, spells arguments by `str` and variables by `json.dumps`. */
const toolkit = `
import json, sys

def decode(text):
    try:
        return json.loads(text)
    except ValueError:
        return text

def spell(value):
    if value is None:
        return ''
    if isinstance(value, dict):
        return ','.join('%s=%s' % item for item in sorted(value.items()))
    return str(value)

def dump(value):
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=True)

def export(value):
    return '' if value is None else value if isinstance(value, str) else dump(value)

values = map(decode, json.load(sys.stdin))
print(json.dumps([[spell(value), export(value), dump(value)] for value in values]))
`;

test('the table has at least 60 spellings, and a reason for every difference', () => {
  const reasons = [...document.matchAll(/^(\d)\. /gm)].map(([, number]) => number);

  expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length);
  expect(rows.length).toBeGreaterThanOrEqual(60);
  for (const { reasons: given, differs } of rows) {
    expect(given.length > 0).toBe(differs);
    expect(reasons).toEqual(expect.arrayContaining(given));
  }
});

test('the toolkit’s columns are what Python makes of the texts', () => {
  const { stdout, stderr } = spawnSync('python3', ['-c', toolkit], {
    input: JSON.stringify(rows.map(({ text }) => text)),
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(rows.map(({ there }) => there));
});

test('a program gets what the table says', async () => {
  const texts = rows.map(({ text }) => text);

  const prepared = await prepareValues('train.py', texts);

  expect(prepared.arguments.map((argument, at) => [argument, prepared.variables[at]])).toEqual(
    rows.map(({ here: [argument, variable] }) => [argument, variable]),
  );
  expect(prepared.json).toBe(
    `{${rows.map(({ here: [, , json] }, at) => `"${nameValue(at)}":${json}`).join(',')}}`,
  );
});
