import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { catchError, cutBytes, drain, toBytes } from '../../test/bodies.ts';
import { csvCodec } from '../csv/csv-codec.ts';
import { CodecError } from '../errors.ts';
import type { NumericMatrix } from './numeric-csv-options.ts';
import { decodeNumericCsv, readNumericCsv } from './read-numeric-csv.ts';

const decode = (text: string, options = {}) => decodeNumericCsv(toBytes(text), options);
const rowsOf = ({ rows, columns, values }: NumericMatrix) =>
  Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

test.each([
  ['', []],
  ['\n\r\n\r', []],
  ['\ufeff', []],
  ['1,2', [[1, 2]]],
  [
    '1,2\n3,4\r\n5,6\r7,8',
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  ],
  ['\ufeff1,2\n', [[1, 2]]],
  [' 1 ,\t2\n', [[1, 2]]],
  [
    '"1","-2.5e3"\n" 3 " , "4"\n',
    [
      [1, -2500],
      [3, 4],
    ],
  ],
  [
    '+1,.5\n5.,007\n',
    [
      [1, 0.5],
      [5, 7],
    ],
  ],
  ['\n1\n\n\r\n2\n', [[1], [2]]],
])('reads %j', (text, expected) => {
  expect(rowsOf(decode(text))).toEqual(expected);
});

test('reads what csvCodec and Number read, and refuses what they would not', () => {
  const cell = fc.oneof(
    { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '"1"', '" 1"', 'x', '1x', '"', '1"', 'NaN', '1e999', '0x1', ' '),
    },
  );
  const line = fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(','));
  const body = fc.tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\r'));
  fc.assert(
    fc.property(body, ([lines, end]) => {
      const bytes = toBytes(lines.join(end));

      const [expected, actual] = [readWithNumber(bytes), attempt(() => rowsOf(decodeNumericCsv(bytes)))];

      expect(actual).toEqual(expected);
    }),
    { numRuns: 5000 },
  );
});

/** The rows, or 'refused'. */
function readWithNumber(bytes: Uint8Array): unknown {
  return attempt(() => {
    const rows = csvCodec.decode(bytes);
    if (
      rows.some(({ cells }) =>
        cells.some((cell) => !/^[ \t]*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?[ \t]*$/i.test(cell)),
      )
    )
      return 'refused';
    const numbers = rows.map(({ cells }) => cells.map(Number));
    return numbers.flat().every(Number.isFinite) ? numbers : 'refused';
  });
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return 'refused';
  }
}

test('gives the same matrices and the same error for any chunks', async () => {
  const parts = fc.constantFrom(
    ...[
      '1',
      '2.5',
      '-3e-7',
      '0.1234567890123456',
      ',',
      ',',
      ',',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '"',
      '"',
      '""',
      ' ',
    ],
    ...['x', 'é', '\ufeff', 'e', '.'],
  );
  const options = fc.record(
    {
      textLabel: fc.boolean(),
      emptyCells: fc.constantFrom('error' as const, 'NaN' as const),
      rowsPerMatrix: fc.integer({ min: 1, max: 3 }),
      columns: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: [] },
  );
  const text = fc.array(parts, { maxLength: 30 }).map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(
      text,
      options,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      async (body, how, sizes) => {
        const whole = await drain(readNumericCsv([toBytes(body)], how));

        const cut = await drain(readNumericCsv(cutBytes(toBytes(body), sizes), how));

        expect({ ...cut, error: describe(cut.error) }).toEqual({ ...whole, error: describe(whole.error) });
      },
    ),
    { numRuns: 5000 },
  );
});

function describe(error: CodecError | undefined) {
  return (
    error && {
      code: error.code,
      message: error.message,
      line: error.line,
      record: error.record,
      column: error.column,
    }
  );
}

test('turns any bytes into a matrix or a CodecError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, textLabel) => {
      try {
        decodeNumericCsv(bytes, { textLabel, emptyCells: 'NaN' });
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        expect((error as Error).message.length).toBeLessThan(400);
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  [
    'a header',
    'a,b\n1,2\n',
    { line: 1, record: 0, column: 1 },
    'holds "a", expected a number: remove the header',
  ],
  ['text', '1,2\n\n3,4x\n', { line: 3, record: 1, column: 2 }, 'holds "4x"'],
  [
    'an empty cell',
    '1,2\n3,\n',
    { line: 2, record: 1, column: 2 },
    "is empty, expected a number: fill it, or read empty cells as NaN with emptyCells: 'NaN'",
  ],
  ['an empty cell in quotes', '1,""\n', { line: 1, record: 0, column: 2 }, 'holds "\\"\\""'],
  [
    'a decimal comma in quotes',
    '"1,5",2\n',
    { line: 1, record: 0, column: 1 },
    'holds "\\"1,5\\"", expected',
  ],
  ['a quote that is never closed', '1,2\n3,"4\n5,6\n', { line: 2, record: 1, column: 2 }, 'holds "\\"4"'],
  ['more than a double can hold', '1\n-1e309\n', { line: 2, record: 1, column: 1 }, 'too large'],
  ['NaN in letters', '1\nNaN\n', { line: 2, record: 1, column: 1 }, 'holds "NaN"'],
  ['hexadecimals', '1\n0x10\n', { line: 2, record: 1, column: 1 }, 'holds "0x10"'],
  ['a byte order mark in the middle', '1\n\ufeff2\n', { line: 2, record: 1, column: 1 }, 'holds'],
])('refuses %s and names line, record and column', (_name, text, place, words) => {
  const error = catchError(() => decode(text));

  expect(error).toMatchObject({ code: 'CSV_NOT_NUMERIC', ...place });
  expect(error.message).toContain(words);
});

const nan = Number.NaN;
const asNaN = { emptyCells: 'NaN' } as const;
const labelled = { textLabel: true } as const;
const single = { type: Float32Array };

test.each<[string, object, string, string, object, number[][]]>([
  ['1\nNaN\n', {}, `leave the cell empty, and read empty cells as NaN`, '1\n""\n', asNaN, [[1], [nan]]],
  ['NaN,1\n', {}, 'leave the cell empty, and read empty cells as NaN', ',1\n', asNaN, [[nan, 1]]],
  ['1,"n/a"\n', {}, 'leave the cell empty, and read empty cells as NaN', '1,\n', asNaN, [[1, nan]]],
  ['1,null\n', asNaN, 'leave the cell empty, and read empty cells as NaN', '1,\n', asNaN, [[1, nan]]],
  ['1, \n', {}, 'fill it, or read empty cells as NaN', '1, \n', asNaN, [[1, nan]]],
  ['1,0x10\n', {}, 'write it as the decimal number 16', '1,16\n', {}, [[1, 16]]],
  ['1,"0B11"\n', {}, 'write it as the decimal number 3', '1,3\n', {}, [[1, 3]]],
  [
    '1,5\n-inf,6\n',
    {},
    'write a finite number',
    '1,5\n-9,6\n',
    {},
    [
      [1, 5],
      [-9, 6],
    ],
  ],
  ['True,1\n', {}, 'write it as 1 or 0', '1,1\n', {}, [[1, 1]]],
  ['1e999\n', {}, 'it is too large for a double, scale it', '1e9\n', {}, [[1e9]]],
  ['1e39\n', single, 'read doubles with type: Float64Array', '1e39\n', { type: Float64Array }, [[1e39]]],
  ['1e999\n', single, 'it is too large for a double, scale it', '1e9\n', single, [[1e9]]],
  ['"1,5",2\n', {}, 'write it with digits and a decimal point', '1.5,2\n', {}, [[1.5, 2]]],
  ['a,b\n1,2\n', {}, "remove the header, which SageMaker's csv does not have", '1,2\n', {}, [[1, 2]]],
  ['1\n2a\n', {}, 'or read the first column as text with textLabel: true', '1\n2a\n', labelled, [[], []]],
  ['cat,1\n', {}, 'or read the first column as text with textLabel: true', 'cat,1\n', labelled, [[1]]],
  ['cat,1x\n', labelled, 'write it with digits and a decimal point', 'cat,1\n', labelled, [[1]]],
])('for %j (%o) advises what helps', (text, options, advice, better, otherOptions, expected) => {
  const { message } = catchError(() => decode(text, options));

  expect(message).toContain(`, expected a number: `);
  expect(message).toContain(advice);
  expect(rowsOf(decode(better, otherOptions))).toEqual(expected);
});

test.each([
  ['9007199254740993', '9007199254740992'],
  ['"12345678901234567890"', '12345678901234567000'],
  [' -9.007199254740993e15 ', '-9007199254740992'],
  ['1e-324', '0'],
  [`-0.${'0'.repeat(400)}1`, '0'],
])('refuses %s, which a double cannot hold', (cell, read) => {
  const error = catchError(() => decode(`0,1e-5\n0.0000000,${cell}\n`));

  expect(error).toMatchObject({ code: 'NUMBER_LOSSY', line: 2, record: 1, column: 2 });
  expect(error.message).toContain(`which would be read as ${read}: read the cell as text`);
});

test('reads large numbers and zeros that a double holds', () => {
  const { values } = decode(
    '9007199254740992,1e23,12345678901234567000,"0.0000000000"\n0e-400,-0.0,0.1234567890123,0',
  );

  expect([...values]).toEqual([2 ** 53, 1e23, 12345678901234567000, 0, 0, -0, 0.1234567890123, 0]);
});

test.each([
  ['1,2,3\n4,5\n', {}, 'line 2 has 2 columns, expected 3 as on line 1: '],
  ['\n1\n2,3\n', {}, 'line 3 has 2 columns, expected 1 as on line 2: '],
  ['1,2\n', { columns: 3 }, 'line 1 has 2 columns, expected 3 as requested: '],
  ['a,1\nb\n', { textLabel: true }, 'line 2 has 1 column, expected 2 as on line 1: '],
])('refuses the ragged rows of %j', (text, options, words) => {
  const error = catchError(() => decode(text, options));

  expect(error.code).toBe('CSV_RAGGED');
  expect(error.message).toContain(words);
});

test('reads empty cells as NaN where that is asked for, in quotes or among blanks too', () => {
  const { values } = decode('1,,3\n,"", \n', { emptyCells: 'NaN' });

  expect([...values]).toEqual([1, Number.NaN, 3, Number.NaN, Number.NaN, Number.NaN]);
});

test('reads the first column as text where that is asked for', () => {
  const text = 'setosa,5.1,3.5\n"a,""b""\r\nc",6.2,2.9\n,1,2\n"é😀",3,4\nIris versicolor of the garden,5,6';

  const matrix = decode(text, { textLabel: true });

  expect(matrix.labels).toEqual(['setosa', 'a,"b"\r\nc', '', 'é😀', 'Iris versicolor of the garden']);
  expect(rowsOf(matrix)).toEqual([
    [5.1, 3.5],
    [6.2, 2.9],
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('counts lines that end in every way', () => {
  const error = catchError(() => decode('\r1\n2\r3\n4\r\n\r\n\n\rx'));

  expect(error).toMatchObject({ code: 'CSV_NOT_NUMERIC', line: 9, record: 4 });
});

test('counts the line ends inside labels', () => {
  const error = catchError(() => decode('"a\r\nb\nc\rd",1\nx,y\n', { textLabel: true }));

  expect(error).toMatchObject({ code: 'CSV_NOT_NUMERIC', line: 5, record: 1, column: 2 });
});

test.each([
  [
    'a label that is never closed',
    'a,1\n"b,2\n',
    { code: 'CSV_MALFORMED', line: 2, record: 1 },
    'never closed',
  ],
  [
    'a label that goes on',
    '"a"b,1\n',
    { code: 'CSV_MALFORMED', line: 1, record: 0 },
    'after its closing quote',
  ],
  [
    'a quote inside a label',
    'a"b",1\n',
    { code: 'CSV_MALFORMED', line: 1, record: 0 },
    'after its first character',
  ],
])('refuses %s', (_name, text, facts, words) => {
  const error = catchError(() => decode(text, { textLabel: true }));

  expect(error).toMatchObject(facts);
  expect(error.message).toContain(words);
});

test('refuses a label that is not UTF-8', () => {
  const error = catchError(() =>
    decodeNumericCsv(Uint8Array.of(0x61, 0xff, 0x2c, 0x31), { textLabel: true }),
  );

  expect(error).toMatchObject({ code: 'TEXT_NOT_UTF8', line: 1, record: 0, column: 1 });
});

test('reads labels of another charset', () => {
  const body = Uint8Array.of(0xe9, 0x2c, 0x31);

  const { labels, values } = decodeNumericCsv(body, {
    textLabel: true,
    parameters: { charset: 'iso-8859-1' },
  });

  expect(labels).toEqual(['é']);
  expect([...values]).toEqual([1]);
});

test('gives float32 values where they are asked for, and refuses those that float32 cannot hold', () => {
  const { values } = decodeNumericCsv(toBytes('0.1,3.4028235e38\n'), { type: Float32Array });

  expect(values).toEqual(Float32Array.of(0.1, 3.4028235e38));
  const error = catchError(() => decodeNumericCsv(toBytes('3.5e38\n'), { type: Float32Array }));
  expect(error).toMatchObject({ code: 'CSV_NOT_NUMERIC', line: 1, column: 1 });
});

test('types the values by the type that is asked for', () => {
  expectTypeOf(decodeNumericCsv(toBytes('')).values).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  const { values } = decodeNumericCsv(toBytes(''), { type: Float32Array });
  expectTypeOf(values).toEqualTypeOf<Float32Array<ArrayBuffer>>();

  expect(values).toBeInstanceOf(Float32Array);
});

test('gathers rows into matrices of the size asked for, whose values have no other memory', async () => {
  const body = toBytes('1,2\n'.repeat(2500));

  const { items } = await drain(readNumericCsv([body], { rowsPerMatrix: 1000 }));

  const matrices = items as NumericMatrix[];
  expect(matrices.map(({ rows }) => rows)).toEqual([1000, 1000, 500]);
  expect(matrices.map(({ values }) => values.buffer.byteLength)).toEqual([16_000, 16_000, 8000]);
});

test('gathers 1 MiB of values by default, and all in one matrix for Infinity', async () => {
  const body = toBytes('1,2,3,4\n'.repeat(100_000));
  const sizes = async (options: object) =>
    (await drain(readNumericCsv(cutBytes(body, [65_536]), options))).items.map(
      (item) => (item as NumericMatrix).rows,
    );

  expect(await sizes({})).toEqual([32_768, 32_768, 32_768, 1696]);
  expect(await sizes({ rowsPerMatrix: Number.POSITIVE_INFINITY })).toEqual([100_000]);
  expect(decodeNumericCsv(body).values.buffer.byteLength).toBe(3_200_000);
  expect(decode('1,2\n').values.buffer.byteLength).toBe(16);
});

test('gives the rows in front of a fault before it throws', async () => {
  const { items, error } = await drain(readNumericCsv([toBytes('1,2\n3,4\n5,x\n')]));

  expect(items).toEqual([{ rows: 2, columns: 2, values: Float64Array.of(1, 2, 3, 4), labels: [] }]);
  expect(error?.code).toBe('CSV_NOT_NUMERIC');
});

test.each([
  ['an endless number', '1,2\n', '1'],
  ['endless columns', '1,2\n', '1,'],
  ['a label that is never closed', 'a,2\n"', '\n'],
])('stops at the limit in %s without reading on', async (_name, start, filler) => {
  let pulled = 0;
  function* source() {
    yield toBytes(start);
    for (; pulled < 1000; pulled += 1) yield toBytes(filler.repeat(10_000));
  }

  const textLabel = start.startsWith('a');
  const { items, error } = await drain(readNumericCsv(source(), { maximumRecordBytes: 100_000, textLabel }));

  expect(items).toHaveLength(1);
  expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', line: 2, record: 1 });
  expect(pulled).toBeLessThan(12);
});

test('takes a row of exactly the limit, and none of a byte more, whatever the chunks', async () => {
  for (const sizes of [[1], [1000]]) {
    const read = async (text: string) =>
      drain(readNumericCsv(cutBytes(toBytes(text), sizes), { maximumRecordBytes: 10 }));

    expect((await read('\ufeff1234567890\r\n1234567890')).error).toBeUndefined();
    expect((await read('1\n12345678901\n')).error).toMatchObject({
      code: 'RECORD_TOO_LARGE',
      line: 2,
      record: 1,
    });
    expect((await read('1\n12345678901')).error).toMatchObject({
      code: 'RECORD_TOO_LARGE',
      line: 2,
      record: 1,
    });
  }
});

test('closes the source when the consumer ends early, and pulls no more than it needs', async () => {
  const seen: string[] = [];
  async function* source() {
    try {
      for (;;) {
        seen.push('pulled');
        yield toBytes('1\n2\n');
      }
    } finally {
      seen.push('closed');
    }
  }

  const stream = readNumericCsv(source(), { rowsPerMatrix: 1 });
  await stream.next();
  await stream.next();
  await stream.return(undefined);

  expect(seen).toEqual(['pulled', 'closed']);
});

test('reads again a buffer that the source fills again', async () => {
  function* source() {
    const buffer = toBytes('1,2\n3,');
    yield buffer;
    buffer.set(toBytes('4\n5,6\n'));
    yield buffer;
  }

  const { items } = await drain(readNumericCsv(source()));

  expect(rowsOf(items[0] as NumericMatrix)).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});
