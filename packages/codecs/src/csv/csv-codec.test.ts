import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain, toBytes, toText } from '../../test/bodies.ts';
import { csvCodec } from './csv-codec.ts';
import type { CsvCell } from './csv-encoder.ts';
import type { CsvRow } from './csv-reader.ts';

const cellsOf = (text: string) => csvCodec.decode(toBytes(text)).map((row) => row.cells);
const cell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', '\ufeff', 'a', '\0', 'é', '😀') }),
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }));

test.each([
  ['', []],
  ['\n\r\n\r', []],
  ['1,2', [['1', '2']]],
  [
    '1,2\n3,4\r\n5,6\r7,8',
    [
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
      ['7', '8'],
    ],
  ],
  ['\ufeff1,2\n', [['1', '2']]],
  [' 1 ,\t2\n', [[' 1 ', '\t2']]],
  ['"a,b","c""d","e\r\nf"\n', [['a,b', 'c"d', 'e\r\nf']]],
  [
    '1,\n,2\n,\n',
    [
      ['1', ''],
      ['', '2'],
      ['', ''],
    ],
  ],
  ['""\n', [['']]],
  ['a\n\n""\nb\n', [['a'], [''], ['b']]],
])('reads %j', (text, expected) => {
  expect(cellsOf(text)).toEqual(expected);
});

test('counts the line a row starts on through blank lines and quoted line ends of every kind', () => {
  const text = '\n\r\n"a\r\nb\nc\rd",1\r\n\r\nx,2\r"e\r\n\r\n",3\n\ny,4';

  const lines = csvCodec.decode(toBytes(text)).map((row) => row.line);

  expect(lines).toEqual([3, 8, 9, 13]);
});

test('names the line, the record and both widths of a ragged row', () => {
  const error = catchError(() => csvCodec.decode(toBytes('\n1,2,3\n"a\nb",2,3\n\n4,5\n')));

  expect(error).toMatchObject({ code: 'CSV_RAGGED', line: 6, record: 2 });
  expect(error.message).toMatch(/^line 6 has 2 columns, expected 3 as on line 2: /);
});

test.each([
  ['1,2\n3,"4\n5,6\n', { line: 2, record: 1, column: 2 }, 'never closed'],
  ['1,2\n\n"3"x,4\n', { line: 3, record: 1, column: 1 }, 'goes on after its closing quote'],
  ['1,2\n3,4"5"\n', { line: 2, record: 1, column: 2 }, 'has a quote after its first character'],
  ['"', { line: 1, record: 0, column: 1 }, 'never closed'],
])('names the place of malformed quotes in %j', (text, place, words) => {
  const error = catchError(() => csvCodec.decode(toBytes(text)));

  expect(error).toMatchObject({ code: 'CSV_MALFORMED', ...place });
  expect(error.message).toContain(words);
});

test('yields the rows in front of a fault before it throws', async () => {
  const { items, error } = await drain(csvCodec.decodeStream([toBytes('1,2\n3,4\n5\n6,7\n')]));

  expect(items).toEqual([
    { line: 1, cells: ['1', '2'] },
    { line: 2, cells: ['3', '4'] },
  ]);
  expect(error?.code).toBe('CSV_RAGGED');
});

test.each([
  ['an unclosed quote', '1,2\n"', 'x'],
  ['a quoted cell of line ends', '1,2\n"', '\n'],
  ['an endless line', '1,2\n', 'x'],
  ['endless commas', '1,2\n', ','],
])('stops at the limit in %s without reading on', async (_name, start, filler) => {
  let pulled = 0;
  function* source() {
    yield toBytes(start);
    for (; pulled < 1000; pulled += 1) yield toBytes(filler.repeat(10_000));
  }

  const { items, error } = await drain(csvCodec.decodeStream(source(), { maximumRecordBytes: 100_000 }));

  expect(items).toHaveLength(1);
  expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', line: 2, record: 1 });
  expect(pulled).toBeLessThan(12);
});

test('takes a row of exactly the limit, its line end included, and none of a byte more', async () => {
  const options = { maximumRecordBytes: 10 };
  const fits = '123456789\n';

  expect(csvCodec.decode(toBytes(fits.repeat(3)), options)).toHaveLength(3);
  expect(
    (await drain(csvCodec.decodeStream(cutBytes(toBytes(fits.repeat(3)), [1]), options))).items,
  ).toHaveLength(3);
  expect(catchError(() => csvCodec.decode(toBytes(`${fits}1234567890\n`), options))).toMatchObject({
    code: 'RECORD_TOO_LARGE',
    line: 2,
    record: 1,
  });
});

test('does not count blank lines as part of a row', () => {
  const rows = csvCodec.decode(toBytes(`1,2\n${'\n'.repeat(200_000)}3,4\n`), { maximumRecordBytes: 10 });

  expect(rows[1]).toEqual({ line: 200_002, cells: ['3', '4'] });
});

test('reads back every table it writes', () => {
  fc.assert(
    fc.property(table, (rows) => {
      const body = csvCodec.encode(rows);

      expect(csvCodec.decode(body).map((row) => row.cells)).toEqual(rows);
    }),
    { numRuns: 500 },
  );
});

test('writes what csv-stringify writes, but for a blank line and a byte order mark', () => {
  fc.assert(
    fc.property(table, (rows) => {
      fc.pre(!rows[0]?.[0]?.startsWith('\ufeff') && !rows.some((row) => row.join() === ''));

      expect(toText(csvCodec.encode(rows))).toBe(stringify(rows));
    }),
    { numRuns: 500 },
  );
});

test('reads back every number exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1 }), (numbers) => {
      const [row] = csvCodec.decode(csvCodec.encode([numbers]));

      expect(row?.cells.map(Number)).toEqual(numbers);
    }),
  );
});

test('gives the same rows for any chunks of a valid table', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (rows, sizes) => {
        const body = csvCodec.encode(rows);

        const { items } = await drain(csvCodec.decodeStream(cutBytes(body, sizes)));

        expect(items).toEqual(csvCodec.decode(body));
      },
    ),
    { numRuns: 300 },
  );
});

test('reads what csv-parse reads, and refuses what it refuses', async () => {
  const plain = ['1', 'é', 'a text of some length', ',', ',', '\n', '\r\n', '\r', ' ', '\0', '\ufeff'];
  const quoted = [',"y",', '"y\nz"', '\n"a""b"', '\n""\n', ',"a\r\n,b"\r\n'];
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...plain) },
    { weight: 2, arbitrary: fc.constantFrom(...quoted) },
    { weight: 1, arbitrary: fc.constant('"') },
  );
  const text = fc.array(part, { maxLength: 30 }).map((parts) => `x,${parts.join('')}`);
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, sizes, async (body, cuts) => {
      // csv-parse takes it for the end of the text.
      fc.pre(!body.includes('"\0'));
      const { rows, isMalformed } = parseWithLibrary(body);
      const even = rows.findIndex((row) => row.length !== rows[0]?.length);

      const { items, error } = await drain(csvCodec.decodeStream(cutBytes(toBytes(body), cuts)));

      expect(items.map((item) => (item as CsvRow).cells)).toEqual(even === -1 ? rows : rows.slice(0, even));
      const code = isMalformed ? 'CSV_MALFORMED' : undefined;
      expect(error?.code).toBe(even === -1 ? code : 'CSV_RAGGED');
    }),
    { numRuns: 2000 },
  );
});

/** Gives the rows in front of the first fault. */
function parseWithLibrary(text: string): { rows: string[][]; isMalformed: boolean } {
  const rows: string[][] = [];
  const on_record = (row: string[]) => void rows.push(row);
  const record_delimiter = ['\r\n', '\n', '\r'];
  try {
    parse(text, { record_delimiter, skip_empty_lines: true, relax_column_count: true, on_record });
    return { rows, isMalformed: false };
  } catch {
    return { rows, isMalformed: true };
  }
}

test('counts lines on where the first quote of a body stands', () => {
  const rows = csvCodec.decode(toBytes('\n1,2\r\n\r3,4\n\n"5\n",6\n7,8'));

  expect(rows.map(({ line }) => line)).toEqual([2, 4, 6, 8]);
  expect(catchError(() => csvCodec.decode(toBytes('1,2\n\n"3"\n')))).toMatchObject({ line: 3, record: 1 });
});

test('reads a body of many pieces as one', () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => [`é${index}`, `"${index}\r\n`, '😀']);

  const decoded = csvCodec.decode(csvCodec.encode(rows));

  expect(decoded.map((row) => row.cells)).toEqual(rows);
  expect(decoded.at(-1)?.line).toBe(39_999);
});

test.each<[string, readonly (CsvCell | readonly CsvCell[])[], string]>([
  [
    'quotes only where a reader needs them',
    [['a', 'b c', 'd,e', 'f"g', 'h\ni', 'j\rk', ' l ']],
    'a,b c,"d,e","f""g","h\ni","j\rk", l \n',
  ],
  [
    'numbers, booleans and bigint as their text',
    [[1.5, -0, 1e21, 5e-324, true, false, 12n]],
    '1.5,-0,1e+21,5e-324,true,false,12\n',
  ],
  ['null as an empty cell', [[null, '']], ',\n'],
  [
    'typed arrays and other arrays as rows',
    [
      Float32Array.of(0.5, 2),
      BigInt64Array.of(1n, 2n ** 63n - 1n),
      { type: 'bool', shape: [2], values: Uint8Array.of(1, 0) },
    ],
    '0.5,2\n1,9223372036854775807\ntrue,false\n',
  ],
  [
    'lists in a cell as their JSON',
    [
      ['a', [0.25, [null, 'b,"c"']]],
      ['b', Uint8ClampedArray.of(1, 2)],
      [[], [Float64Array.of(0.5)]],
    ],
    'a,"[0.25,[null,""b,\\""c\\""""]]"\nb,"[1,2]"\n[],[[0.5]]\n',
  ],
  [
    'what toJSON gives',
    [
      [new Date(0), { toJSON: () => [1, 2] }],
      [{ toJSON: () => 'a,b' }, { toJSON: () => 5 }],
    ],
    '1970-01-01T00:00:00.000Z,"[1,2]"\n"a,b",5\n',
  ],
  ['a row that toJSON gives', [{ toJSON: () => [1, 2] }], '1,2\n'],
  ['one label a line', ['setosa', 2, null], 'setosa\n2\n""\n'],
  ['no rows as an empty body', [], ''],
])('writes %s', (_name, rows, expected) => {
  expect(toText(csvCodec.encode(rows))).toBe(expected);
});

test.each([
  [
    'undefined',
    [[1], [undefined]],
    { code: 'CSV_UNENCODABLE', record: 1, column: 1 },
    'undefined in column 1',
  ],
  ['a hole', [Array(2)], { code: 'CSV_UNENCODABLE', record: 0, column: 1 }, 'undefined in column 1'],
  [
    'NaN in a list',
    [[1, [[Number.NaN]]]],
    { code: 'CSV_UNENCODABLE', column: 2 },
    'whose element [0][0] is NaN',
  ],
  ['a map', [[new Map()]], { code: 'CSV_UNENCODABLE', column: 1 }, 'an object in column 1'],
  ['an object', [{ a: 1 }], { code: 'CSV_UNENCODABLE', record: 0, column: 1 }, 'an object in column 1'],
  ['a function', [[1, () => 1]], { code: 'CSV_UNENCODABLE', record: 0, column: 2 }, 'a function in column 2'],
  ['half a surrogate pair', [['\ud800']], { code: 'CSV_UNENCODABLE', record: 0, column: 1 }, 'surrogate'],
  ['a row without cells', [[]], { code: 'CSV_UNENCODABLE', record: 0 }, 'has no cells'],
  ['a ragged row', [[1, 2], [3]], { code: 'CSV_RAGGED', record: 1 }, 'has 1 cell, expected 2'],
  ['what is not an array', 'a,b', { code: 'CSV_UNENCODABLE' }, 'expected an array'],
])('refuses to write %s', (_name, rows, facts, words) => {
  const error = catchError(() => csvCodec.encode(rows as never));

  expect(error).toMatchObject(facts);
  expect(error.message).toContain(words);
});

test('passes rows of an async source on one by one and gathers those of a sync source', async () => {
  async function* source() {
    yield [1, 2];
    yield [3, 4];
  }

  const slow = await drain(csvCodec.encodeStream(source()));
  const quick = await drain(
    csvCodec.encodeStream([
      [1, 2],
      [3, 4],
    ]),
  );

  expect(slow.items).toEqual([toBytes('1,2\n'), toBytes('3,4\n')]);
  expect(quick.items).toEqual([toBytes('1,2\n3,4\n')]);
});

test('sends the rows in front of one it cannot write', async () => {
  const { items, error } = await drain(csvCodec.encodeStream([[1], [{}] as never]));

  expect(items).toEqual([toBytes('1\n')]);
  expect(error?.code).toBe('CSV_UNENCODABLE');
});

test('writes a large sync source in many chunks', async () => {
  const rows = Array.from({ length: 50_000 }, (_, index) => [index, index / 7]);

  const { items } = await drain(csvCodec.encodeStream(rows));

  expect(items.length).toBeGreaterThan(5);
  expect(Buffer.concat(items as Uint8Array[])).toEqual(Buffer.from(csvCodec.encode(rows)));
});
