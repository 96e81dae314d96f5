import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseInPieces } from './parse-in-pieces.ts';

/** More parts than are looked at as a whole. */
const many = 20_000;
const fill = (part: unknown, count = many) => Array<unknown>(count).fill(part);

const withoutElements: unknown[] = Object.assign([], { length: 4e9 });

const rows = z.array(z.array(z.number().min(0)));
const tuples = z.array(z.tuple([z.string(), z.number()]));
const houses = z.array(z.object({ rooms: z.number(), city: z.string().default('Bergen') }));

test.each<[string, z.ZodType, unknown]>([
  ['anything', z.array(z.unknown()), withoutElements],
  ['optional numbers', z.object({ scores: z.array(z.number().optional()) }), { scores: withoutElements }],
  ['a tuple', z.tuple([z.unknown()], z.unknown()), withoutElements],
])('refuses a list that has nothing but a length, where the schema takes %s', (_name, schema, value) => {
  expect(parseInPieces(schema, value)).toMatchObject({
    success: false,
    issues: [{ message: 'expected at most 134217728 elements' }],
  });
});

const changed = z.array(z.number().transform((value) => -value));
const houseRows = z.object({ a: rows });
const named = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('a'), a: rows }),
  z.object({ kind: z.literal('b') }),
]);
const numbered = (part: unknown) => Object.fromEntries(fill(part).map((one, index) => [`key${index}`, one]));

test.each<[string, z.ZodType, unknown]>([
  ['rows of numbers', rows, fill([1, 2])],
  ['one long row', rows, [fill(1)]],
  ['text', z.array(z.string()), fill('a')],
  ['text that is changed', z.array(z.string().trim()), fill(' a')],
  ['text that is made', z.array(z.coerce.string()), fill(1)],
  ['lists of anything', z.array(z.unknown()), fill([1])],
  ['tuples', tuples, fill(['a', 1])],
  ['objects with a default, and without what they do not know', houses, fill({ rooms: 1, floor: 2 })],
  ['a document', z.object({ rows, note: z.string().default('') }), { rows: fill([1]), more: 1 }],
  ['a strict document', z.strictObject({ rows: rows.optional() }), { rows: fill([1]) }],
  ['a union', z.union([z.array(z.string()), z.array(z.coerce.number())]), fill('7')],
  ['a transform', rows.transform((all) => all.length), fill([1])],
  ['a pipe', rows.pipe(z.array(z.array(z.number().transform(String)))), fill([1])],
  ['a preprocess', z.preprocess((value) => [value], z.array(rows)), fill([1])],
  ['transforms inside', z.array(z.number().transform((value) => -value)), fill(1)],
  ['checks of the whole', rows.min(1).refine((all) => all.length === many), fill([1])],
  ['a change of the whole', z.array(z.number()).overwrite((all) => all.slice(0, 3)), fill(1)],
  ['wrappers', rows.nullable().default([]).readonly(), fill([1])],
  ['a record', z.record(z.string(), rows), { a: fill([1]) }],
  ['a record of small values', z.record(z.string(), z.number()), numbered(1)],
  ['a record of known keys', z.record(z.enum(['a', 'b']), rows), { a: fill([1]), b: [] }],
  ['a record of some known keys', z.partialRecord(z.enum(['a', 'b']), rows), { a: fill([1]) }],
  ['a loose record', z.looseRecord(z.string().startsWith('x'), z.string()), { a: fill([1]) }],
  ['a record whose keys are changed', z.record(z.string().toUpperCase(), rows), { a: fill([1]), b: [] }],
  ['a tuple', z.tuple([z.string(), changed]), ['a', fill(1)]],
  ['a tuple with a rest', z.tuple([z.string(), changed]).rest(changed), ['a', [1], fill(1), [2]]],
  ['a tuple with what may be missing', z.tuple([changed, z.string().optional()]), [fill(1)]],
  ['a checked tuple', z.tuple([changed]).refine(([all]) => all[0] === -1), [fill(1)]],
  ['an intersection', houseRows.and(z.object({ b: z.number() })), { a: fill([1]), b: 1 }],
  ['a lazy schema', z.lazy(() => changed), fill(1)],
  ['an option by its name', named, { kind: 'a', a: fill([1]) }],
  ['anything', z.unknown(), fill([1])],
])('%s: the result is that of the schema', (_name, schema, value) => {
  const expected = schema.safeParse(value);

  const actual = parseInPieces(schema, value);

  expect(expected.success).toBe(true);
  expect(actual).toEqual({ ...expected });
});

test.each<[string, z.ZodType, unknown]>([
  ['tuples', tuples, fill([1, 'a'])],
  ['tuples of another length', tuples, fill(['a'])],
  ['objects', houses, fill({})],
  ['strict objects', z.array(z.strictObject({})), fill({ a: 1 })],
  ['unions', z.array(z.union([z.string(), z.object({ a: z.number() })])), fill(1)],
  ['numbers beyond a bound', rows, fill([-1])],
  ['what is not a number', z.array(z.number()), fill(Number.NaN)],
  ['what is not text', z.array(z.string()), fill(1)],
  ['one long row', rows, [fill(-1)]],
  ['lengths', z.array(z.array(z.number()).length(2)), fill([1])],
  ['refinements', z.array(z.number().refine((value) => value > 1)), fill(1)],
  ['behind a transform', rows.transform((all) => all.length), fill([-1])],
  ['in a tuple', z.tuple([z.string(), rows]), ['a', fill([-1])]],
  ['behind a tuple', z.tuple([z.string()]).rest(rows), ['a', [], fill([-1])]],
  ['in a record', z.record(z.string(), rows), { a: [], b: fill([-1]) }],
  ['in a record of known keys', z.record(z.enum(['a', 'b']), rows), { a: fill([-1]), b: [] }],
  ['in an intersection', houseRows.and(z.object({ b: z.number() })), { a: fill([-1]), b: 1 }],
  ['in a lazy schema', z.lazy(() => rows), fill([-1])],
  ['in an option by its name', named, { kind: 'a', a: fill([-1]) }],
  ['in a document', z.object({ rows: rows.optional() }), { rows: fill([-1]) }],
])('%s: there are the first issues of the schema, and not all', (_name, schema, value) => {
  const outcome = parseInPieces(schema, value);

  const issues = outcome.success ? [] : outcome.issues;
  expect(outcome).toMatchObject({ success: false, isCut: true });
  expect(issues.length).toBeLessThanOrEqual(1_000);
  expect(issues.slice(0, 5)).toEqual(schema.safeParse(value).error?.issues.slice(0, 5));
});

test.each([
  ['values', numbered('a'), { code: 'invalid_type', path: ['key0'] }],
  ['keys', numbered(1), { code: 'invalid_key', path: ['key0'] }],
])('of a record of wrong %s the first is told', (what, value, issue) => {
  const key = what === 'keys' ? z.string().max(2) : z.string();

  const outcome = parseInPieces(z.record(key, z.number()), value);

  expect(outcome).toMatchObject({ success: false, isCut: true, issues: [issue] });
});

test.each([
  ['a tuple that is too short', z.tuple([rows, z.string()]), [fill([1])]],
  ['a tuple that is too long', z.tuple([rows]), [fill([1]), 2]],
  ['a record without a key', z.record(z.enum(['a', 'b']), rows), { a: fill([1]) }],
  ['a record with another key', z.record(z.enum(['a']), rows), { a: fill([1]), c: [] }],
  ['an unknown option', named, { kind: 'c', a: fill([1]) }],
])('%s has the issues of the schema', (_name, schema, value) => {
  const outcome = parseInPieces<unknown>(schema, value);

  expect(outcome).toMatchObject({ success: false, issues: schema.safeParse(value).error?.issues });
});

const bytes = new Uint8Array(20 * 1024 ** 2);

test.each<[string, z.ZodType, unknown, PropertyKey[]]>([
  ['rows', rows, bytes, []],
  ['a loose object', z.looseObject({}), bytes, []],
  ['a strict object, which few bytes do not fit either', z.strictObject({}), bytes.subarray(0, 2), []],
  ['an object of anything', z.object({}).catchall(z.number()).optional(), bytes, []],
  ['a record', z.record(z.string(), z.number()), bytes, []],
  ['a loose object in a list', z.array(z.looseObject({})), fill(bytes.subarray(0, 1_000)), [0]],
  ['a loose object in an object', z.object({ a: z.looseObject({}) }), { a: bytes }, ['a']],
  ['floats', z.intersection(z.unknown(), z.looseObject({})), new Float64Array(bytes.buffer), []],
])('bytes are refused without a look at each of them by a schema of %s', (_name, schema, value, path) => {
  const outcome = parseInPieces(schema, value);

  expect(outcome.success || outcome.issues[0]).toMatchObject({ code: 'invalid_type', path });
});

test.each<[string, z.ZodType, Iterable<unknown>]>([
  ['map', z.map(z.string(), z.number()), new Map(fill(0).map((_, index) => [`key${index}`, 'a']))],
  ['set', z.set(z.string()), new Set(fill(0).map((_, index) => index))],
])('of a %s of wrong values the first is told', (_name, schema, value) => {
  expect(parseInPieces(schema, value)).toMatchObject({ success: false, isCut: true, issues: { length: 1 } });
});

test('what a union has no branch for is one issue with a few of each branch', () => {
  const outcome = parseInPieces(z.union([rows, tuples]), fill([-1]));

  expect(outcome).toMatchObject({
    success: false,
    isCut: true,
    issues: [{ code: 'invalid_union', path: [] }],
  });
});

test('issues of a large value are counted to the end where they are few', () => {
  const value = [...fill([1]), [-1], [-2]];

  expect(parseInPieces(rows, value)).toMatchObject({
    isCut: false,
    issues: [{ path: [many, 0] }, { path: [many + 1, 0] }],
  });
});

test('a small value has all of its issues', () => {
  const outcome = parseInPieces(rows, fill([-1], 2_000));

  expect(outcome).toMatchObject({ isCut: false, issues: { length: 2_000 } });
});

test('the check of a whole is told of when all of its parts are right', () => {
  const outcome = parseInPieces(rows.max(3), fill([1]));

  expect(outcome).toEqual({
    success: false,
    isCut: false,
    issues: rows.max(3).safeParse(fill([1])).error?.issues,
  });
});
