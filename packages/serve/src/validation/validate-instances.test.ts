import { expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { decodeBody } from '../bodies/decode-body.ts';
import { createMediaTypes } from '../bodies/media-types.ts';
import { validateInstances } from './validate-instances.ts';

test.each([
  ['1', 1],
  ['-1.50', -1.5],
  ['+.5e-1', 0.05],
  [' 7 ', 7],
  ['', ''],
  ['0x10', '0x10'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['1e999', '1e999'],
  ['1_000', '1_000'],
])('the cell %j is first offered as %j', (cell, value) => {
  expect(validate(z.unknown(), 'text/csv', `"${cell}",x`)).toEqual([[value, 'x']]);
});

test.each([
  ['a string', z.string(), '007', '007'],
  ['an enumeration', z.enum(['1', '2']), '2', '2'],
  ['a literal', z.literal('01'), '01', '01'],
  ['text or nothing', z.union([z.string(), z.null()]), '10.50', '10.50'],
  ['a number', z.number(), '007', 7],
  ['a number or text', z.union([z.string(), z.number()]), '007', 7],
  ['text with a pattern', z.string().regex(/^\d{3}$/), '007', '007'],
])('a cell fits %s', (_name, cell, text, value) => {
  expect(validate(z.array(z.tuple([cell])), 'text/csv', text)).toEqual([[value]]);
});

test.each([
  ['application/json', '{}'],
  ['text/csv', '1,2'],
])('a client that sends %s where bytes are wanted is told how to send them', (type, body) => {
  expect(() => validate(z.instanceof(Uint8Array), type, body)).toThrow(
    /^instances is .*: expected Uint8Array; send bytes as they are, with their media type/,
  );
});

const wide = '9007199254740993';
const json = (text: string) => ['application/json', text] as const;
const csv = (text: string) => ['text/csv', text] as const;

test.each<[string, z.ZodType, readonly [string, string], unknown]>([
  ['text', z.object({ id: z.string() }), json(`{"id":${wide}}`), { id: wide }],
  ['text of csv', z.array(z.array(z.string())), csv(`${wide},1\n`), [[wide, '1']]],
  ['a bigint', z.object({ id: z.bigint() }), json(`{"id":${wide}}`), { id: BigInt(wide) }],
  ['a bigint alone', z.bigint(), json(wide), BigInt(wide)],
  ['a bigint that is small', z.array(z.bigint()), json('[5,-0,1e3,"6"]'), [5n, 0n, 1000n, 6n]],
  [
    'a bigint that a double is',
    z.array(z.bigint()),
    json('[9007199254740992,1e20]'),
    [2n ** 53n, 10n ** 20n],
  ],
  ['bigints in columns', z.array(z.bigint()), csv(`${wide}\n+7\n`), [BigInt(wide), 7n]],
  [
    'a number or a bigint',
    z.array(z.union([z.number(), z.bigint()])),
    json(`[1,${wide}]`),
    [1, BigInt(wide)],
  ],
  ['text or a bigint', z.array(z.union([z.bigint(), z.string()])), csv(`${wide}\n7\n`), [wide, '7']],
  ['what is coerced', z.array(z.coerce.bigint()), json(`[1,${wide}]`), [1n, BigInt(wide)]],
  ['anything', z.unknown(), json(`[1,${wide}]`), [1, wide]],
  ['what overflows, as text', z.array(z.string()), json('[1e999]'), ['1e999']],
  ['features', z.array(z.array(z.bigint())), json(`[{"features":[${wide}]}]`), [[BigInt(wide)]]],
])('a number that no double is fits %s as it is', (_name, schema, [type, body], expected) => {
  expect(validate(schema, type, body)).toEqual(expected);
});

test.each<[string, z.ZodType, readonly [string, string], string]>([
  ['numbers', z.array(z.array(z.number())), json(`[[1],[${wide}]]`), `instances[1][0] is ${wide}, which`],
  ['integers', z.object({ a: z.int() }), json(`{"a":${wide}}`), `instances.a is ${wide}, which`],
  ['a union', z.array(z.union([z.number(), z.null()])), json(`[${wide}]`), `instances[0] is ${wide}, which`],
  ['what is coerced', z.array(z.coerce.number()), json(`[1,${wide}]`), `instances[1] is ${wide}, which`],
  [
    'cells that are coerced',
    z.array(z.array(z.coerce.number())),
    csv(`1,${wide}\n`),
    `[0][1] is ${wide}, which`,
  ],
  [
    'what is read',
    z.array(z.preprocess(Number, z.number())),
    json(`[${wide}]`),
    `instances[0] is ${wide}, which`,
  ],
  [
    'what overflows',
    z.array(z.number()),
    json('[1e999]'),
    'instances[0] is 1e999, which would be read as Infinity',
  ],
  ['what is lost', z.array(z.number()), json('[1e-400]'), 'instances[0] is 1e-400, which would be read as 0'],
  ['a cell that overflows', z.array(z.number()), csv('1\n-1e999\n'), 'instances[1] is -1e999, which'],
  ['bigints with a fraction', z.array(z.bigint()), json('[1.5]'), 'instances[0] is 1.5: expected bigint'],
  ['too many digits', z.array(z.bigint()), json(`[${'9'.repeat(2_000)}]`), 'instances[0] is 9999999999'],
])('a number that no double is is refused with its place: %s', (_name, schema, [type, body], message) => {
  expect(() => validate(schema, type, body)).toThrow(message);
});

const header = '; record 0 is all text: if it is a header, send the rows without it';
const numbers = z.array(z.array(z.number()));

test.each<[string, z.ZodType, string, boolean]>([
  ['names of columns', numbers, 'length,width\n5.1,3.5\n', true],
  ['names in quotes', numbers, '"length","width"\n5.1,3.5\n', true],
  ['names alone', numbers, 'length,width\n', true],
  ['the name of one column', z.array(z.number()), 'length\n5.1\n', true],
  ['many names', numbers, `${'name,'.repeat(20_000)}n\n${'1,'.repeat(20_000)}1\n`, true],
  ['one name', numbers, '1,width\n5.1,3.5\n', false],
  ['text in every row', numbers, 'a,b\nc,d\n', false],
  ['text further down', numbers, '1,2\na,b\n', false],
  ['text that is wanted', z.array(z.array(z.string().max(3))), 'length,width\n1,2\n', false],
])('a header is told of where all of record 0 is text: %s', (_name, schema, body, isTold) => {
  const error = catchError(() => validate(schema, 'text/csv', body));

  expect(error).toMatchObject({ code: 'INPUT_INVALID' });
  expect(error.message.endsWith(header)).toBe(isTold);
});

test.each<[z.ZodType, string, string]>([
  [numbers, '1;2\n3;4\n', '; if ";" is meant to separate cells, send commas in its place'],
  [numbers, '1\t2\n', '; if "\\t" is meant to separate cells, send commas in its place'],
  [z.array(z.number()), '1|2\n', '; if "|" is meant to separate cells, send commas in its place'],
  [numbers, '1,2;3\n', 'instances[0][1] is "2;3": expected number'],
])('a separator that is none is told of: %#', (schema, body, end) => {
  const error = catchError(() => validate(schema, 'text/csv', body));

  expect(error.message.endsWith(end)).toBe(true);
});

test('a schema of zod/mini is one like any other', () => {
  const schema = mini.array(mini.object({ id: mini.string(), x: mini.optional(mini.array(mini.number())) }));
  const many = Array.from({ length: 2_000 }, (_, x) => x);

  expect(validate(schema, ...json(`[{"id":${wide}}]`))).toEqual([{ id: wide }]);
  expect(validate(schema, ...json(JSON.stringify([{ id: 'a', x: many }])))).toEqual([{ id: 'a', x: many }]);
  expect(() => validate(schema, ...json('[{"id":"a","x":["b"]}]'))).toThrow(
    /^instances\[0\]\.x\[0\] is "b": expected/,
  );
});

test('bytes that are not rows are told by their number', () => {
  const decoded = { name: 'instances', instances: [Uint8Array.of(1, 2, 3)] };

  expect(() => validateInstances(z.array(z.array(z.number())), decoded)).toThrow(
    /^instances\[0\] is 3 bytes: expected array$/,
  );
});

test('the rows of a union of rows get text where one of its branches wants it', () => {
  const schema = z.array(z.union([z.tuple([z.string(), z.number()]), z.tuple([z.null()])]));

  expect(validate(schema, 'text/csv', '007,1\n')).toEqual([['007', 1]]);
});

test('a problem behind restored text is told as it is after the restoring', () => {
  const schema = z.array(z.tuple([z.string(), z.number().max(5)]));

  expect(() => validate(schema, 'text/csv', '007,9\n')).toThrow(/^instances\[0\]\[1\] is 9: /);
});

test('elements are unwrapped only when the schema wants them otherwise', () => {
  const body = '{"features":[1]}\n';
  const wrapped = z.array(z.object({ features: z.array(z.number()) }));

  expect(validate(wrapped, 'application/jsonlines', body)).toEqual([{ features: [1] }]);
  expect(validate(z.array(z.array(z.number())), 'application/jsonlines', body)).toEqual([[1]]);
});

test('an element with another key beside features is not unwrapped', () => {
  const body = '{"features":[1],"id":2}\n';

  expect(() => validate(z.array(z.array(z.number())), 'application/jsonlines', body)).toThrow(
    /^instances\[0\] is \{"features"/,
  );
});

test('a document with another key beside instances is a document', () => {
  const body = '{"instances":[1],"parameters":{}}';

  expect(validate(z.unknown(), 'application/json', body)).toEqual({ instances: [1], parameters: {} });
});

const alone = /: expected array; "a" is not allowed beside "instances": send \{"instances": \.\.\.\} alone$/;
const unionAlone = /; "a" is not allowed beside "inputs": send \{"inputs": \.\.\.\} alone$/;

const otherKey =
  /: expected array; "(?:instance|data|Instances)" is not a key for instances: send \{"instances": \.\.\.\}$/;

test.each<[string, z.ZodType, string, RegExp]>([
  ['rows', z.array(z.array(z.number())), '{"a":"b","instances":[[1]]}', alone],
  ['a row or a number', z.union([z.array(z.number()), z.number()]), '{"inputs":[1],"a":1,"b":2}', unionAlone],
  ['rows, where none are', z.array(z.number()), '{"rows":[1],"a":2}', /: expected array$/],
  ['rows, under a misspelt key', z.array(z.array(z.number())), '{"instance":[[1]]}', otherKey],
  ['rows, under the key of another server', z.array(z.array(z.number())), '{"data":[["a"]]}', otherKey],
  ['texts, under a misspelt key', z.array(z.string()), '{"Instances":["a"]}', otherKey],
  ['an object with another key', z.object({ text: z.string() }), '{"txt":"a"}', /expected string$/],
  ['rows, of what is inside', z.array(z.number()), '{"instances":{"a":1}}', /: expected array$/],
  [
    'an object with that key',
    z.object({ instances: z.string() }),
    '{"instances":1,"a":2}',
    /: expected string$/,
  ],
])('what stands beside instances is named where the schema wants %s', (_name, schema, body, message) => {
  expect(() => validate(schema, 'application/json', body)).toThrow(message);
});

test.each([
  ['text', 'x,'],
  ['nothing', ','],
])('a row of a million cells of %s is refused with its first cells', (_name, cell) => {
  const act = () => validate(z.array(z.array(z.number().min(0))), 'text/csv', `${cell.repeat(1e6)}1\n`);

  expect(act).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      record: 0,
      message: expect.stringMatching(/^instances\[0\]\[0\] is/),
    }),
  );
});

test('a million rows of nothing are refused with their first', () => {
  const act = () =>
    validate(z.array(z.array(z.number())), 'application/json', `[${'[null],'.repeat(1e6)}[1]]`);

  expect(act).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', record: 0 }));
});

test.each<[string, z.ZodType, string, unknown]>([
  ['rows', z.array(z.tuple([z.string(), z.number()])), '007,1\n'.repeat(20_000), ['007', 1]],
  ['columns', z.array(z.array(z.string())), `${'007,'.repeat(20_000)}1\n`, undefined],
  [
    'rows of a union',
    z.array(z.union([z.tuple([z.string(), z.number()]), z.tuple([z.null()])])),
    '007,1\n'.repeat(20_000),
    ['007', 1],
  ],
])('text is restored in 20,000 %s', (_name, schema, body, row) => {
  const instances = validate(schema, 'text/csv', body) as readonly unknown[];

  const expected = row ?? [...Array<string>(20_000).fill('007'), '1'];
  expect(instances).toEqual(Array(row === undefined ? 1 : 20_000).fill(expected));
});

test('problems that were not all counted are said to be more', () => {
  const body = JSON.stringify(Array(20_000).fill(['x']));
  const schema = z.array(z.array(z.number()));

  expect(() => validate(schema, 'application/json', body)).toThrow(/; and at least 995 more$/);
  expect(() => validate(schema, 'application/json', '[["x","x","x","x","x","x","x"]]')).toThrow(
    /; and 2 more$/,
  );
});

test('a thousand and one texts are numbers for a schema that makes them so', () => {
  const body = JSON.stringify([Array(1_001).fill('7')]);

  expect(validate(z.array(z.array(z.coerce.number())), 'application/json', body)).toEqual([
    Array(1_001).fill(7),
  ]);
});

test.each<[string, z.ZodType, string, unknown]>([
  ['numbers', z.array(z.number()), '1\n2.5\n', [1, 2.5]],
  ['texts', z.array(z.string()), '007\nb\n', ['007', 'b']],
  ['numbers or texts', z.array(z.union([z.number(), z.string()])), '7\nb\n', [7, 'b']],
  ['members of an enumeration', z.array(z.enum(['a', '1'])), 'a\n1\n', ['a', '1']],
  ['rows, where the schema takes both', z.array(z.union([z.string(), z.array(z.string())])), '1\n', [['1']]],
  ['rows', z.array(z.array(z.string())), '1\na\n', [['1'], ['a']]],
])('csv of one column fits a list of %s', (_name, schema, body, expected) => {
  expect(validate(schema, 'text/csv', body)).toEqual(expected);
});

test.each<[z.ZodType, string, RegExp]>([
  [z.array(z.number()), '1\na\n', /^instances\[1\] is "a": expected number$/],
  [z.array(z.string().max(2)), 'ab\nabc\n', /^instances\[1\] is "abc": /],
  [z.array(z.array(z.number())), '1\na\n', /^instances\[1\]\[0\] is "a": expected number$/],
  [z.array(z.tuple([z.number(), z.number()])), '1\n', /^instances\[0\] .*expected/],
  [z.string(), 'a\n', /^instances is \[\["a"\]\]: expected string$/],
])('what does not fit is told in the reading that is nearer (%#)', (schema, body, message) => {
  expect(() => validate(schema, 'text/csv', body)).toThrow(message);
});

function validate<Input>(schema: z.core.$ZodType<Input>, contentType: string, body: string): Input {
  return validateInstances(
    schema,
    decodeBody(new TextEncoder().encode(body), createMediaTypes().resolveContentType(contentType)),
  );
}

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
