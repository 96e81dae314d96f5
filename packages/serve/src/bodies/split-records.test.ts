import { csvCodec, jsonLinesCodec } from '@optml/codecs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineFormat } from '../invocation/body-part.ts';
import {
  countRecords,
  findLine,
  findLineFormat,
  isAnsweredInLines,
  type RecordPart,
  RecordSplitter,
} from './split-records.ts';

/** Cuts a body that comes in chunks of these sizes, again and again. */
function split(body: Buffer, format: LineFormat, sizes: readonly number[], partBytes = 8): RecordPart[] {
  const splitter = new RecordSplitter(format, partBytes);
  const parts: RecordPart[] = [];
  for (let from = 0, chunk = 0; from < body.length; chunk += 1) {
    const to = from + (sizes[chunk % sizes.length] ?? 1);
    parts.push(...splitter.add(body.subarray(from, to)));
    from = to;
  }
  const last = splitter.finish();
  return last === undefined ? parts : [...parts, last];
}

const mark = fc.constantFrom('', '\ufeff');
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
const cell = fc.constantFrom('1', '', 'é', '"a,b"', '"two\nlines"', '"""q"""', '"\r\n"', 'a"b');
const row = fc.array(cell, { minLength: 2, maxLength: 2 }).map((cells) => cells.join(','));
const csvLine = fc.tuple(
  fc.oneof({ weight: 5, arbitrary: row }, fc.constant('')),
  fc.constantFrom('\n', '\r\n', '\r'),
);
const value = fc.json({ maxDepth: 1 }).filter((text) => text.trim() !== '');
const jsonLine = fc.tuple(
  fc.oneof({ weight: 5, arbitrary: value }, fc.constantFrom('', ' \t')),
  fc.constantFrom('\n', '\r\n'),
);

test.each([
  ['csv', csvLine, (body: Buffer) => csvCodec.decode(body).length],
  ['json', jsonLine, (body: Buffer) => jsonLinesCodec.decode(body).length],
] as const)('parts of %s are the body, and have the records that its codec finds', (format, line, count) => {
  fc.assert(
    fc.property(mark, fc.array(line, { minLength: 1, maxLength: 12 }), sizes, (start, lines, chunks) => {
      const body = Buffer.from(start + lines.map((pair) => pair.join('')).join(''));
      let records: number;
      try {
        records = count(body);
      } catch {
        // An invalid body has no records to compare.
        return;
      }

      const parts = split(body, format, chunks);

      const all = Buffer.concat(parts.map((part) => part.body));
      // What is left out at the end is blank.
      expect(body.subarray(0, all.length)).toEqual(all);
      expect(body.subarray(all.length).toString().trim()).toBe('');
      for (const part of parts) expect(part.records).toBe(part.records === 0 ? 0 : count(part.body));
      expect(parts.reduce((sum, part) => sum + part.records, 0)).toBe(records);
      expect(countRecords(body, format)).toBe(records);
      // Whatever chunks it comes in: a retry of the platform is to have the same parts, and so the same answer.
      expect(parts).toEqual(split(body, format, [body.length]));
    }),
  );
});

test.each([
  ['a mark alone', [0xef, 0xbb, 0xbf], 0],
  ['a mark and a blank line', [0xef, 0xbb, 0xbf, 10, 49], 1],
  ['a letter of another charset that a mark begins with', [0xef, 10, 49], 2],
  ['the same without a line end', [0xef], 1],
])('%s: records are counted behind a byte order mark', (_, bytes, expected) => {
  const parts = split(Buffer.from(bytes), 'csv', [1]);

  expect(parts.reduce((sum, part) => sum + part.records, 0)).toBe(expected);
});

test('a record is found by its line', () => {
  const [first, second] = split(Buffer.from('a,1\n"b\n",2\n\n\nc,3\nd,4\n'), 'csv', [6], 12);

  expect([first?.records, first?.linesBefore]).toEqual([2, 0]);
  expect([0, 1].map((record) => findLine((first as RecordPart).body, first as RecordPart, record))).toEqual([
    1, 2,
  ]);
  expect([0, 1].map((record) => findLine((second as RecordPart).body, second as RecordPart, record))).toEqual(
    [6, 7],
  );
});

test('a record without an end is refused where it begins', () => {
  const splitter = new RecordSplitter('csv');
  const add = () => splitter.add(Buffer.alloc(9 * 1024 ** 2, 'x'));
  splitter.add(Buffer.from('1\n"'));
  add();

  expect(add).toThrow(
    expect.objectContaining({
      code: 'RECORD_TOO_LARGE',
      message: expect.stringMatching(/^record 1 .*line 2.*quote/),
    }),
  );
});

test.each([
  ['text/csv', 'csv'],
  ['CSV; charset=latin1; label_size=1', 'csv'],
  ['application/x-ndjson;charset="utf-8"', 'json'],
  ['jsonlines', 'json'],
  ['text/csv; charset=utf-16le', undefined],
  ['application/json', undefined],
  ['application/x-recordio', undefined],
  [undefined, undefined],
])('%s is cut as %s', (contentType, expected) => {
  expect(findLineFormat(contentType)).toBe(expected);
});

test.each([
  [undefined, 'text/csv', true],
  ['', 'text/csv; charset=utf-8', true],
  ['*/*;q=0.8', 'text/csv', true],
  ['text/*', 'application/json', true],
  ['application/json;q=0.5, text/csv', 'application/json', true],
  ['application/jsonlines;q=0.9, */*;q=0.1', 'application/json', true],
  ['text/csv;q=0.5, application/json', 'text/csv', false],
  ['text/csv;q=0, */*', 'text/csv', false],
  ['*/*;q=0.8', 'application/json', false],
  ['application/x-npy', 'text/csv', false],
  ['nonsense', 'text/csv', false],
])('with the Accept header %j and the usual type %s, replies in lines: %s', (accept, usual, expected) => {
  expect(isAnsweredInLines(accept, usual)).toBe(expected);
});
