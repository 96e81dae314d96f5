import { expect, test } from 'vitest';
import { z } from 'zod';
import { findMistakenPart, parseForm } from './parse-form.ts';

const file = new File(['a'], 'a.txt');
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number() }),
  z.object({ kind: z.literal('label'), text: z.string(), isBold: z.boolean() }),
]);
const either = z.union([
  z.object({ kind: z.literal('number'), value: z.number() }),
  z.object({ kind: z.literal('text'), value: z.string(), isLong: z.boolean() }),
]);

test.each([
  ['a number with spaces', z.object({ a: z.number() }), { a: ' 1e3 ' }, { a: 1000 }],
  ['a text that looks like a number', z.object({ a: z.string() }), { a: '007' }, { a: '007' }],
  ['a bound', z.object({ a: z.int().min(3).optional() }), { a: '3' }, { a: 3 }],
  ['a nullable number', z.object({ a: z.number().nullable() }), { a: '3' }, { a: 3 }],
  ['a number or a boolean', z.object({ a: z.union([z.number(), z.boolean()]) }), { a: 'TRUE' }, { a: true }],
  ['a record', z.record(z.string(), z.number()), { a: '1', b: '2' }, { a: 1, b: 2 }],
  [
    'a record in a field',
    z.object({ a: z.record(z.string(), z.number()) }),
    { a: '{"b": 1}' },
    { a: { b: 1 } },
  ],
  ['a tuple', z.object({ a: z.tuple([z.number(), z.string()]) }), { a: ['1', '2'] }, { a: [1, '2'] }],
  ['rows', z.object({ a: z.array(z.array(z.number())) }), { a: '[[1, 2], [3]]' }, { a: [[1, 2], [3]] }],
  ['numbers for booleans of a list', z.object({ a: z.array(z.boolean()) }), { a: 'false' }, { a: [false] }],
  ['one file of a list', z.object({ a: z.array(z.file()) }), { a: file }, { a: [file] }],
  ['a file or text', z.object({ a: z.union([z.file(), z.string()]) }), { a: 'b' }, { a: 'b' }],
  ['an option by its name', shape, { kind: 'circle', radius: '2' }, { kind: 'circle', radius: 2 }],
  [
    'another option',
    shape,
    { kind: 'label', text: '5', isBold: 'true' },
    { kind: 'label', text: '5', isBold: true },
  ],
  ['an option of a union', either, { kind: 'number', value: '5' }, { kind: 'number', value: 5 }],
  [
    'an option that takes text where another takes a number',
    either,
    { kind: 'text', value: '5', isLong: 'false' },
    { kind: 'text', value: '5', isLong: false },
  ],
])('fields are read as the schema wants them: %s', (_, schema, fields, expected) => {
  const { outcome } = parseForm(schema as z.ZodType, fields);

  expect(outcome).toEqual({ success: true, data: expected });
});

test.each([
  [z.object({ a: z.number() }), { a: '0x10' }],
  [z.object({ a: z.number() }), { a: '' }],
  [z.object({ a: z.number() }), { a: '1e999' }],
  [z.object({ a: z.boolean() }), { a: '1' }],
  [z.object({ a: z.bigint() }), { a: '1.0' }],
  [z.object({ a: z.array(z.number()) }), { a: '[1' }],
  [z.object({ a: z.object({}) }), { a: '[]' }],
])('what has no such reading is refused as it was sent: %#', (schema, fields) => {
  const { outcome, instances } = parseForm(schema as z.ZodType, fields);

  expect(outcome.success).toBe(false);
  expect(JSON.stringify(instances)).toContain(JSON.stringify(fields.a).slice(1, -1));
});

test('the fields are left as they are, for a second look', () => {
  const fields = { a: '1', b: ['2'] };

  parseForm(z.object({ a: z.number(), b: z.array(z.number()) }), fields);

  expect(fields).toEqual({ a: '1', b: ['2'] });
});

test('a file in a place of a union is named with what to send', () => {
  const schema = z.object({ a: z.union([z.number(), z.string()]) });
  const { outcome } = parseForm(schema, { a: file });

  const hint = outcome.success ? '' : findMistakenPart({ a: file }, outcome.issues);

  expect(hint).toBe('; "a" is a file in the form: send it as text, without a filename');
});

test.each([
  [
    z.file().mime(['image/png', 'image/jpeg']),
    'is a file without a type: send one of the type image/png or image/jpeg',
  ],
  [
    z.union([z.number(), z.file().mime('image/png')]),
    'is a file without a type: send one of the type image/png',
  ],
  [z.enum(['small', 'large']), 'is a file in the form: send it as text, without a filename'],
  [z.file().max(0), undefined],
])('a file that is refused is to be text only where no file is taken: %#', (place, advice) => {
  const { outcome } = parseForm(z.object({ a: place }), { a: file });

  const hint = outcome.success ? undefined : findMistakenPart({ a: file }, outcome.issues);

  expect(hint).toBe(advice === undefined ? '' : `; "a" ${advice}`);
});
