import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catchError, cutBytes, drain, toBytes, toText } from '../../test/bodies.ts';
import { jsonCodec } from './json-codec.ts';
import { jsonLinesCodec } from './json-lines-codec.ts';

// JSON has one zero: -0 is written as 0. The key `__proto__` is not read.
const jsonValue = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

test('reads back every document it writes, in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(jsonValue, fc.integer({ min: 1, max: 9 }), async (value, size) => {
      const body = jsonCodec.encode(value);

      expect(jsonCodec.decode(body)).toEqual(value);
      expect((await drain(jsonCodec.decodeStream(cutBytes(body, [size])))).items).toEqual([value]);
    }),
  );
});

test('reads back every list it writes as lines, in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(jsonValue), fc.integer({ min: 1, max: 9 }), async (values, size) => {
      const body = jsonLinesCodec.encode(values);

      expect(jsonLinesCodec.decode(body)).toEqual(values);
      expect((await drain(jsonLinesCodec.decodeStream(cutBytes(body, [size])))).items).toEqual(values);
    }),
  );
});

test.each(['', ' \n', '\ufeff'])('calls the body %j empty', (text) => {
  expect(catchError(() => jsonCodec.decode(toBytes(text))).code).toBe('BODY_EMPTY');
});

test('names the line and column of malformed JSON and quotes little of it', () => {
  const secret = 'x'.repeat(1000);
  const error = catchError(() => jsonCodec.decode(toBytes(`{"a":\n  [1, 2 3, "${secret}"]}`)));

  expect(error).toMatchObject({ code: 'JSON_MALFORMED', line: 2, column: 9 });
  expect(error.message).toContain('unexpected "3", near "');
  expect(error.message.length).toBeLessThan(200);
  expect(error.cause).toBeInstanceOf(SyntaxError);
});

test.each([
  ['{"a": 1}\n{"a": 2}\n', 2, 1],
  ['[1, 2]\r\n\r\n[3]', 3, 1],
  ['1\n-2\n', 2, 1],
  ['[1][2]', 1, 4],
])(
  'tells a client that sends one document after another of application/jsonlines: %j',
  (text, line, column) => {
    const error = catchError(() => jsonCodec.decode(toBytes(text)));

    expect(error).toMatchObject({ code: 'JSON_MALFORMED', line, column });
    expect(error.message).toMatch(
      /a second value starts there, near .*: send one document, or .* application\/jsonlines$/,
    );
  },
);

test('tells a client that sends two values on a line to end it between them', () => {
  const error = catchError(() => jsonLinesCodec.decode(toBytes('{"a": 1}\n{"a": 2} {"a": 3}\n')));

  expect(error).toMatchObject({ code: 'JSON_MALFORMED', line: 2, record: 1, column: 10 });
  expect(error.message).toMatch(/a second value starts there, near .*: start a new line before it$/);
});

test.each(['[1]]', '[1] x', '[1 2]', '{"a":1}, {"a":2}', '[1\n[2'])(
  'does not take %j for two documents',
  (text) => {
    expect(catchError(() => jsonCodec.decode(toBytes(text))).message).toMatch(/: send one valid JSON value$/);
  },
);

test.each([
  ['[NaN]', 'JSON has no NaN and no Infinity: send null or a finite number'],
  ['{"a": -Infinity}', 'JSON has no NaN and no Infinity: send null or a finite number'],
  ['[nan]', 'JSON has no NaN and no Infinity: send null or a finite number'],
  ['[-inf]', 'JSON has no NaN and no Infinity: send null or a finite number'],
  ['{instances: [[1]]}', 'put keys in double quotes'],
  ['{"a": 1, größe2 : 3}', 'put keys in double quotes'],
  ['[undefined]', 'JSON has no undefined: send null'],
  ["{'a': 1}", "as Python's json.dumps"],
  ['[True, None]', "as Python's json.dumps"],
  ['{"a": 1} // one', 'JSON has no comments: leave them out'],
  ['/* one */ 1', 'JSON has no comments: leave them out'],
  ['{"a": 1,\n}', 'leave out the comma in front of it'],
  ['[1, ]', 'leave out the comma in front of it'],
  ['5.1,3.5\n', 'if this is csv, send it as text/csv'],
  ['[Nothing]', 'send one valid JSON value'],
])('says what %s has that JSON has not', (text, advice) => {
  const error = catchError(() => jsonCodec.decode(toBytes(text)));

  expect(error.code).toBe('JSON_MALFORMED');
  expect(error.message.endsWith(advice)).toBe(true);
});

test.each([
  ['{"a": 1,\n "a": 2}', '"a" appears twice in one object: send it once'],
  ['{"a": 1,\n "__proto__": {"polluted": true}}', '"__proto__" is not allowed as a key: rename it'],
])('refuses keys of which readers make different things: %j', (text, message) => {
  const error = catchError(() => jsonCodec.decode(toBytes(text)));

  expect(error).toMatchObject({ code: 'JSON_MALFORMED', line: 2, column: 2 });
  expect(error.message).toContain(message);
});

test.each([
  ['9007199254740993', '9007199254740992'],
  ['31e4567', 'Infinity'],
  ['1e-400', '0'],
])('refuses the number %s with its place, or gives it as text', async (number, read) => {
  const body = toBytes(`{"small": 1,\n "large": ${number}}`);
  const lines = toBytes(`[1e3]\n[0, ${number}, "a"]\n`);

  const error = catchError(() => jsonCodec.decode(body));
  const { items, error: lineError } = await drain(jsonLinesCodec.decodeStream(cutBytes(lines, [1])));

  expect(error).toMatchObject({ code: 'NUMBER_LOSSY', line: 2, column: 11 });
  expect(error.message).toContain(`${number} would be read as ${read}: write it as text, in quotes`);
  expect(items).toEqual([[1000]]);
  expect(lineError).toMatchObject({ code: 'NUMBER_LOSSY', line: 2, column: 5, record: 1 });
  expect(jsonCodec.decode(body, { lossyNumbers: 'text' })).toEqual({ small: 1, large: number });
  expect(JSON.stringify(jsonCodec.decode(body, { lossyNumbers: 'raw' }))).toBe(
    `{"small":1,"large":${number}}`,
  );
  expect(jsonLinesCodec.decode(lines, { lossyNumbers: 'text' })).toEqual([[1000], [0, number, 'a']]);
});

test('refuses a document of more bytes than a record may take', async () => {
  const body = toBytes('[1,2,3]');

  expect(jsonCodec.decode(body, { maximumRecordBytes: 7 })).toEqual([1, 2, 3]);
  expect(catchError(() => jsonCodec.decode(body, { maximumRecordBytes: 6 })).code).toBe('RECORD_TOO_LARGE');
  const streamed = await drain(jsonCodec.decodeStream(cutBytes(body, [1]), { maximumRecordBytes: 6 }));
  expect(streamed.error?.code).toBe('RECORD_TOO_LARGE');
});

const cyclic: { self?: unknown } = {};
cyclic.self = [cyclic];
const endless: unknown[] = [];
endless.push(endless);
const fail = () => {
  throw new Error('not today');
};
class Secret {
  readonly #value = 5;
  get value() {
    return this.#value;
  }
}
let deep: unknown[] = [];
for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];

test.each<[string, unknown, string]>([
  ['NaN', { instances: [[1, Number.NaN]] }, '$.instances[0][1] is NaN'],
  ['infinity', [Number.NEGATIVE_INFINITY], '$[0] is -Infinity'],
  ['a bigint', { 'a b': 1n }, '$["a b"] is a bigint'],
  ['undefined', undefined, '$ is undefined'],
  ['undefined in an array', [undefined], '$[0] is undefined'],
  ['a hole in an array', new Array(1), '$[0] is undefined'],
  ['a function', { f: () => 1 }, '$.f is a function'],
  ['a symbol', [Symbol('s')], '$[0] is a symbol'],
  ['a map', [new Map()], '$[0] is a Map'],
  ['a set', { a: new Set([1]) }, '$.a is a Set'],
  ['an error', [new Error('x')], '$[0] is an Error'],
  [
    'a promise',
    [Promise.resolve(1)],
    '$[0] is a promise, which JSON cannot hold: await it, or all of a list with Promise.all',
  ],
  ['a pattern', { a: /b/ }, '$.a is a RegExp'],
  ['a buffer without a view', new ArrayBuffer(1), '$ is an ArrayBuffer'],
  ['what is behind #', [new Secret()], '$[0] is an object of a class, without members'],
  ['an invalid date', { on: new Date(Number.NaN) }, '$.on is an invalid Date'],
  ['NaN among floats', { p: [Float32Array.of(1, Number.NaN)] }, '$.p[0][1] is NaN'],
  ['an integer that a double cannot hold', [BigInt64Array.of(1n, 2n ** 53n + 1n)], '$[0][1] is a bigint (90'],
  ['an array of another shape', [{ type: 'int8', shape: [3], values: [1] }], '(3) does not match 1 value'],
  ['a toJSON that lies', { toJSON: () => [Number.NaN] }, '$[0] is NaN'],
  ['a toJSON that throws', [{ toJSON: fail }], '$[0] fails when it is read'],
  ['a toJSON of nothing', [{ toJSON: () => undefined }], '$[0] is undefined'],
  [
    'a getter that throws',
    [{ a: Object.defineProperty({}, 'b', { enumerable: true, get: fail }) }],
    '$[0].a.b fails',
  ],
  ['a proxy that throws', { a: new Proxy({}, { ownKeys: fail }) }, '$.a fails when it is read'],
  ['a cycle', { a: cyclic }, '$.a.self[0] holds itself'],
  ['a list that holds itself', endless, '$[0] holds itself'],
  ['a cycle of toJSON', { toJSON: () => cyclic }, '$.self[0] holds itself'],
  ['nesting 100,000 deep', deep, '$ is nested deeper than 1000 levels'],
])('refuses to write %s', (_name, value, words) => {
  const document = catchError(() => jsonCodec.encode(value));
  const line = catchError(() => jsonLinesCodec.encode([1, value]));

  expect(document.code).toBe('JSON_UNENCODABLE');
  expect(document.message).toContain(words);
  expect(document.message.match(/JSON cannot hold/g)).toHaveLength(1);
  expect(line).toMatchObject({ code: 'JSON_UNENCODABLE', record: 1 });
  expect(line.message).toContain('item 1 (from zero)');
});

test.each<[string, unknown, string]>([
  ['typed arrays', [Float32Array.of(0.5, -2), Uint8Array.of(1)], '[[0.5,-2],[1]]'],
  ['bytes', { a: Buffer.from('a'), b: Uint8ClampedArray.of(300) }, '{"a":[97],"b":[255]}'],
  ['wide integers', [BigInt64Array.of(-5n), BigUint64Array.of(2n ** 53n)], '[[-5],[9007199254740992]]'],
  ['arrays', [{ type: 'bool', shape: [2, 1], values: Uint8Array.of(1, 0) }], '[[[true],[false]]]'],
  ['a single element', { a: { type: 'float32', shape: [], values: Float32Array.of(1.5) } }, '{"a":1.5}'],
  ['members of a class', Object.assign(new Secret(), { a: [Int8Array.of(1)] }), '{"a":[[1]]}'],
  ['what toJSON gives', { a: { toJSON: () => Int8Array.of(1) } }, '{"a":[1]}'],
  ['a key that is a prototype', JSON.parse('{"__proto__":[1],"a":2}'), '{"__proto__":[1],"a":2}'],
  ['arrays under it', { ['__proto__']: Int8Array.of(1), a: 2 }, '{"__proto__":[1],"a":2}'],
])('writes %s as lists wherever they are', (_name, value, text) => {
  expect(toText(jsonCodec.encode(value))).toBe(text);
  expect(toText(jsonLinesCodec.encode([{ deep: [value] }]))).toBe(`{"deep":[${text}]}\n`);
});

test('leaves what it writes as it was', () => {
  const value = { a: [1, Float32Array.of(2)], b: 'c' };
  jsonCodec.encode(value);

  expect(value).toEqual({ a: [1, Float32Array.of(2)], b: 'c' });
});

test('leaves properties that are undefined out and asks dates for their JSON', () => {
  const body = jsonCodec.encode({ a: undefined, b: new Date(0) });

  expect(toText(body)).toBe('{"b":"1970-01-01T00:00:00.000Z"}');
});

test('writes a stream of exactly one document', async () => {
  const one = await drain(jsonCodec.encodeStream([{ a: 1 }]));
  const none = await drain(jsonCodec.encodeStream([]));
  const two = await drain(jsonCodec.encodeStream([1, 2]));

  expect(one.items).toEqual([toBytes('{"a":1}')]);
  expect(none.error?.code).toBe('JSON_UNENCODABLE');
  expect(two).toMatchObject({ items: [], error: { code: 'JSON_UNENCODABLE' } });
});

test('stops pulling at the second document of a stream', async () => {
  let pulled = 0;
  function* source() {
    for (; pulled < 1000; pulled += 1) yield pulled;
  }

  await drain(jsonCodec.encodeStream(source()));

  expect(pulled).toBe(1);
});

test('owns the memory of the bytes it writes', () => {
  const document = jsonCodec.encode([1]);
  const lines = jsonLinesCodec.encode([1]);

  expect(document.buffer.byteLength).toBe(document.byteLength);
  expect(lines.buffer.byteLength).toBe(lines.byteLength);
});

test.each([
  ['', []],
  ['\n \r\n', []],
  ['1', [1]],
  ['\ufeff{"a":1}\r\n\n"\u2028"\n', [{ a: 1 }, '\u2028']],
  ['[1,\t2]\n null \n', [[1, 2], null]],
])('reads the lines of %j', (text, expected) => {
  expect(jsonLinesCodec.decode(toBytes(text))).toEqual(expected);
});

test('names the line, record and column of a line that is not JSON, after the items before it', async () => {
  const { items, error } = await drain(jsonLinesCodec.decodeStream([toBytes('1\n\n2\n{"a":}\n3\n')]));

  expect(items).toEqual([1, 2]);
  expect(error).toMatchObject({ code: 'JSON_MALFORMED', line: 4, record: 2, column: 6 });
});

test('stops at the limit in an endless line without reading on', async () => {
  let pulled = 0;
  function* source() {
    yield toBytes('1\n\n');
    for (; pulled < 1000; pulled += 1) yield toBytes(' '.repeat(10_000));
  }

  const { items, error } = await drain(
    jsonLinesCodec.decodeStream(source(), { maximumRecordBytes: 100_000 }),
  );

  expect(items).toEqual([1]);
  expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', line: 3, record: 1 });
  expect(pulled).toBeLessThan(12);
});

test('refuses to write lines of what is not an array', () => {
  expect(catchError(() => jsonLinesCodec.encode({} as never)).code).toBe('JSON_UNENCODABLE');
});
