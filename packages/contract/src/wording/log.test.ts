import { expect, test } from 'vitest';
import { createLog } from './log.ts';

const collect = (minimumLevel: number, format?: 'json') => {
  const lines: string[] = [];
  return { lines, log: createLog((line) => lines.push(line), { minimumLevel, format }) };
};

test('a message is one line of level, words and fields', () => {
  const { lines, log } = collect(10);

  log.debug('read', { rows: 3 });
  log.error('cannot read', { file: '/opt/ml/a b', why: 'line 1\nline 2', id: 'algo-1' });

  expect(lines).toEqual([
    'DEBUG read rows=3',
    'ERROR cannot read file="/opt/ml/a b" why="line 1\\nline 2" id=algo-1',
  ]);
});

test.each([
  ['a table:\n1 2\n3 4', 'a table:\\n1 2\\n3 4'],
  ['ended\n', 'ended'],
  ['as on Windows\r\n\r\nand so on', 'as on Windows\\r\\n\\r\\nand so on'],
  ['10 %\r20 %', '10 %\\r20 %'],
  ['other\u2028ends\u0085of\flines', 'other\\u2028ends\\u0085of\\flines'],
])('a message of several lines is one line: %j', (message, words) => {
  const { lines, log } = collect(10);

  log.info(message, { 'a\nname': 1 });

  expect(lines).toEqual([`INFO  ${words} a\\nname=1`]);
});

test('what is below the minimum level is left out', () => {
  const { lines, log } = collect(30);

  log.debug('a');
  log.info('b');
  log.warn('c');

  expect(lines).toEqual(['WARN  c']);
});

test('as JSON a message is one object, whose level and words no field can change', () => {
  const { lines, log } = collect(10, 'json');

  log.warn('slow', { level: 'none', seconds: 3, text: 'a\nb' });

  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'warn', message: 'slow', seconds: 3, text: 'a\nb' },
  ]);
});

test('a field that JSON cannot hold, or too large for a line, is cut down', () => {
  const cyclic: Record<string, unknown> = { n: 5n, none: undefined };
  cyclic.self = cyclic;
  const text = collect(10);
  const json = collect(10, 'json');

  for (const { log } of [text, json]) {
    log.info('predicted', { cyclic, share: Number.NaN });
    log.info('read', { body: Buffer.alloc(100 * 1024 ** 2), cells: Array(1e6).fill('cell') });
  }

  expect(text.lines[0]).toBe('INFO  predicted cyclic={"n":"5n","self":"..."} share=NaN');
  expect(JSON.parse(json.lines[1] ?? '')).toMatchObject({ message: 'read', body: '104857600 bytes' });
  expect([...text.lines, ...json.lines].every((line) => line.length < 40_000)).toBe(true);
});
