import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain, toBytes, toText } from '../../test/bodies.ts';
import { libsvmCodec } from './libsvm-codec.ts';
import type { LibsvmRow } from './libsvm-row.ts';

const row = (columns: number[], values: number[], facts: Partial<LibsvmRow> = {}): LibsvmRow => ({
  ...facts,
  columns: Uint32Array.from(columns),
  values: Float64Array.from(values),
});

test.each([
  ['1 3:0.5 7:2\n', [row([3, 7], [0.5, 2], { label: 1 })]],
  ['3:0.5\n0:1e-3', [row([3], [0.5]), row([0], [1e-3])]],
  ['-1.5 qid:4 1:+2\r\n', [row([1], [2], { label: -1.5, group: 4 })]],
  ['1\n', [row([], [], { label: 1 })]],
  ['  2 \t 1:.5  # a comment: 5\n\n', [row([1], [0.5], { label: 2 })]],
  ['# only a comment\n1:2\n', [row([1], [2])]],
  ['', []],
])('reads %j', (text, rows) => {
  expect(libsvmCodec.decode(toBytes(text))).toEqual(rows);
});

test.each([
  ['1 3:0.5\n1 x:1\n', 2, 2, '"x:1" is not COLUMN:VALUE'],
  ['1 3:\n', 1, 2, '"3:"'],
  ['1 3:0x10\n', 1, 2, '"3:0x10"'],
  ['1 3:nan\n', 1, 2, '"3:nan"'],
  ['1 3:1e999\n', 1, 2, '1e999'],
  ['1 -3:1\n', 1, 2, '"-3:1"'],
  ['1 4294967296:1\n', 1, 2, '4294967296'],
  ['1 3:1 3:2\n', 1, 3, 'column 3 is not greater'],
  ['1 3:1 2:2\n', 1, 3, 'column 2 is not greater'],
  ['1 2\n', 1, 2, '"2" is not COLUMN:VALUE'],
  ['spam 1:1\n', 1, 1, '"spam" is neither a label'],
  ['1,2 1:1\n', 1, 1, '"1,2"'],
  ['1 qid:x 1:1\n', 1, 2, '"x"'],
])('refuses %j and names the word', (text, line, column, message) => {
  const error = catchError(() => libsvmCodec.decode(toBytes(text)));

  expect({ ...error }).toMatchObject({ code: 'LIBSVM_MALFORMED', line, column, record: line - 1 });
  expect(error.message).toContain(message);
});

test.each([
  ['a value', '1 3:9007199254740993', 2],
  ['a label', '9007199254740993 3:1', 1],
  ['an underflow', '1 qid:1 3:1e-999', 3],
])('refuses %s that a double cannot hold', (_what, row, column) => {
  const error = catchError(() => libsvmCodec.decode(toBytes(`1 1:0e0\n${row}\n`)));

  expect(error).toMatchObject({ code: 'NUMBER_LOSSY', line: 2, record: 1, column });
});

test('refuses a line without an end', () => {
  const body = toBytes('1:1 '.repeat(300));

  expect(catchError(() => libsvmCodec.decode(body, { maximumRecordBytes: 1000 })).code).toBe(
    'RECORD_TOO_LARGE',
  );
});

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const anyRow = fc
  .record({
    cells: fc.dictionary(fc.nat({ max: 2 ** 32 - 1 }).map(String), finite, { maxKeys: 5 }),
    facts: fc.record({ label: finite, group: fc.nat() }, { requiredKeys: ['label'] }),
  })
  .map(({ cells, facts }) => {
    const columns = Object.keys(cells)
      .map(Number)
      .sort((left, right) => left - right);
    return row(
      columns,
      columns.map((column) => cells[column] ?? 0),
      facts,
    );
  });

test('reads back what it writes, whole and in chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow), async (rows) => {
      const body = libsvmCodec.encode(rows);

      expect(libsvmCodec.decode(body)).toEqual(rows);
      expect((await drain(libsvmCodec.decodeStream(cutBytes(body, [3, 0, 10])))).items).toEqual(rows);
    }),
  );
});

test('writes nothing that it could not read', () => {
  const refused = [
    5,
    [5],
    [null],
    [{}],
    [row([1], [Number.NaN])],
    [row([2, 1], [1, 1])],
    [row([1], [])],
    [row([], [])],
  ];

  for (const rows of refused) {
    expect(catchError(() => libsvmCodec.encode(rows as LibsvmRow[])).code).toBe('LIBSVM_UNENCODABLE');
  }
  expect(toText(libsvmCodec.encode([row([1], [-0], { label: -0 })]))).toBe('-0 1:-0\n');
});
