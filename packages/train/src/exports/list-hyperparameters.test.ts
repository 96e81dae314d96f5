import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseHyperparameters } from '../hyperparameters/parse-hyperparameters.ts';
import { createHyperparameterSchema } from './hyperparameter-schema.ts';
import { type HyperparameterFacts, listHyperparameters } from './list-hyperparameters.ts';

function listOf(schema: z.ZodObject): readonly HyperparameterFacts[] {
  return listHyperparameters(schema, createHyperparameterSchema(schema));
}

function factsOf(field: z.ZodType): HyperparameterFacts {
  return listOf(z.object({ p: field }))[0] as HyperparameterFacts;
}

const integer = (MinValue: string, MaxValue: string) => ({ type: 'Integer', range: { MinValue, MaxValue } });
const continuous = (MinValue: string, MaxValue: string) => ({
  type: 'Continuous',
  range: { MinValue, MaxValue },
});
const categorical = (...values: string[]) => ({ type: 'Categorical', values });

test.each<[string, z.ZodType, unknown]>([
  ['a whole number with bounds', z.number().int().min(1).max(9), integer('1', '9')],
  ['its exclusive bounds, moved by one', z.int().gt(1).lt(9), integer('2', '8')],
  ['its fractional bounds, rounded inwards', z.int().min(0.5).max(3.5), integer('1', '3')],
  ['the narrower of two bounds', z.int().min(1).gt(3).max(9), integer('4', '9')],
  ['a whole number in steps of one', z.int().multipleOf(1).min(1).max(9), integer('1', '9')],
  ['a number with bounds', z.number().min(1e-7).max(0.5), continuous('1e-7', '0.5')],
  ['a coerced number', z.coerce.number().min(-1).max(1), continuous('-1', '1')],
  ['a number within wider exclusive bounds', z.number().min(1).gt(0).max(2), continuous('1', '2')],
  ['a number with a transform', z.number().min(0).max(1).transform(String), continuous('0', '1')],
  ['an optional number with a default', z.number().min(0).max(1).default(0), continuous('0', '1')],
  [
    'a number that has an id',
    z.number().max(1).meta({ id: 'list-hyperparameters-rate' }).min(0),
    continuous('0', '1'),
  ],
  ['an enum', z.enum(['a', 'b']), categorical('a', 'b')],
  ['a boolean', z.boolean(), categorical('true', 'false')],
  ['a literal of numbers', z.literal([16, 32]), categorical('16', '32')],
  ['a union of literals', z.union([z.literal('auto'), z.literal(2)]), categorical('auto', '2')],
  ['a union with a boolean', z.union([z.boolean(), z.literal('auto')]), categorical('true', 'false', 'auto')],
])('%s can be tuned', (_what, field, domain) => {
  expect(factsOf(field)).toMatchObject({ domain, tunable: true, scaling: 'Auto' });
});

test.each<[string, z.ZodType, string]>([
  ['a whole number without a max', z.int().min(1), 'Integer'],
  ['a whole number with the bounds of its format only', z.int32(), 'Integer'],
  ['a whole number in steps', z.int().multipleOf(8).min(8).max(64), 'Integer'],
  ['a whole number of one value', z.int().min(3).max(3), 'Integer'],
  ['a whole number between bounds that leave none', z.int().min(5).max(3), 'Integer'],
  ['a number without bounds', z.number(), 'Continuous'],
  ['a number with an exclusive bound', z.number().gt(0).max(1), 'Continuous'],
  [
    'a number with an id whose bound is narrowed to an exclusive one',
    z.number().min(0).max(1).meta({ id: 'list-hyperparameters-share' }).gt(0.5),
    'Continuous',
  ],
  ['a number in steps', z.number().min(0).max(1).multipleOf(0.1), 'Continuous'],
  ['a 32-bit float without a max', z.float32().min(0), 'Continuous'],
  ['a single literal', z.literal('only'), 'Categorical'],
  ['a string', z.string(), 'FreeText'],
  ['a list', z.array(z.number()), 'FreeText'],
  ['a number or null', z.number().min(0).max(1).nullable(), 'FreeText'],
  ['a number or a word', z.union([z.number().min(0).max(1), z.literal('auto')]), 'FreeText'],
  ['a bigint', z.bigint().min(0n).max(9n), 'FreeText'],
  ['an enum of 31', z.enum(Array.from({ length: 31 }, (_, index) => `v${index}`)), 'FreeText'],
  ['an enum with a value of 257 characters', z.enum(['a', 'b'.repeat(257)]), 'FreeText'],
])('%s cannot be tuned', (_what, field, type) => {
  expect(factsOf(field)).toMatchObject({ domain: { type }, tunable: false });
});

test('the author decides the scale, or that a hyperparameter is not tuned', () => {
  const rate = z.number().min(0.001).max(0.9);
  const tuned = (tuning: unknown) => {
    const { tunable, scaling } = factsOf(rate.meta({ tuning }).default(0.1));
    return { tunable, scaling };
  };

  expect(tuned(false)).toEqual({ tunable: false, scaling: 'Auto' });
  expect(tuned({})).toEqual({ tunable: true, scaling: 'Auto' });
  for (const scaling of ['Auto', 'Linear', 'Logarithmic', 'ReverseLogarithmic']) {
    expect(tuned({ scaling })).toEqual({ tunable: true, scaling });
  }
});

test.each<[string, z.ZodType, string]>([
  [
    'an unknown scale',
    z
      .int()
      .min(1)
      .max(9)
      .meta({ tuning: { scaling: 'Log' } }),
    'has tuning {"scaling":"Log"}: expected false or',
  ],
  [
    'an unknown key',
    z
      .int()
      .min(1)
      .max(9)
      .meta({ tuning: { scale: 'Linear' } }),
    'has tuning {"scale":"Linear"}: expected',
  ],
  ['true', z.int().min(1).max(9).meta({ tuning: true }), 'has tuning true: expected'],
  [
    'a number without a max',
    z.int().min(1).meta({ tuning: {} }),
    'cannot be tuned: give a number a min and a max',
  ],
  [
    'a logarithm of zero',
    z
      .number()
      .min(0)
      .max(9)
      .meta({ tuning: { scaling: 'Logarithmic' } }),
    'needs a min above 0: it is 0',
  ],
  [
    'a reverse logarithm up to one',
    z
      .number()
      .min(0)
      .max(1)
      .meta({ tuning: { scaling: 'ReverseLogarithmic' } }),
    'a max below 1: they are 0 and 1',
  ],
  [
    'a reverse logarithm of whole numbers',
    z
      .int()
      .min(0)
      .max(9)
      .meta({ tuning: { scaling: 'ReverseLogarithmic' } }),
    'is for continuous numbers only',
  ],
  [
    'a scale of words',
    z.enum(['a', 'b']).meta({ tuning: { scaling: 'Linear' } }),
    'is for numbers: leave it out',
  ],
])('tuning that asks for %s is refused', (_what, field, message) => {
  expect(() => factsOf(field)).toThrow(
    expect.objectContaining({
      code: 'TRAINING_INVALID',
      message: expect.stringMatching(/^hyperparameter p (has|cannot)/),
    }),
  );
  expect(() => factsOf(field)).toThrow(message);
});

test.each<[string, z.ZodType, string]>([
  ['a number', z.number().default(1e-7), '1e-7'],
  ['a boolean', z.boolean().default(true), 'true'],
  ['a word', z.string().default('gini'), 'gini'],
  ['digits in a string', z.string().default('007'), '007'],
  ['an empty string', z.string().default(''), ''],
  ['a list', z.array(z.int()).default([1, 2]), '[1,2]'],
  ['a value before its transform', z.string().transform(Number).prefault('4'), '4'],
  ['what a wrong value is replaced by', z.number().catch(3), '3'],
])('the default of %s is the text that a job would send', (_what, field, text) => {
  expect(factsOf(field)).toMatchObject({ defaultText: text, required: false });
});

test.each<[string, z.ZodType]>([
  [
    'one that a transform has made',
    z
      .string()
      .transform((word) => word.length)
      .default(4),
  ],
  ['one that no JSON can hold', z.number().default(Number.POSITIVE_INFINITY)],
  ['a bigint', z.bigint().default(5n)],
  ['one with a line end', z.string().default('a\nb')],
  ['one above 2,500 characters', z.string().default('a'.repeat(2501))],
  ['none', z.string().optional()],
])('a default is left out when it is %s', (_what, field) => {
  expect(factsOf(field)).toMatchObject({ defaultText: undefined, required: false });
});

test('a job that sends the default gets what a job without it gets', () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.integer()));
  fc.assert(
    fc.property(value, (preset) => {
      const any = z.union([z.string(), z.number(), z.boolean(), z.array(z.number())]);
      for (const type of [any, z.string(), z.number(), z.boolean(), z.array(z.number())]) {
        if (!type.safeParse(preset).success) continue;
        const schema = z.object({ p: (type as z.ZodType).default(preset) });
        const text = listOf(schema)[0]?.defaultText;
        if (text === undefined) continue;

        expect(parseHyperparameters(schema, { p: text })).toEqual(parseHyperparameters(schema, {}));
      }
    }),
  );
});

test('a finite number, a boolean and a list always have a default text', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), (number, boolean) => {
      fc.pre(!Object.is(number, -0));

      expect(factsOf(z.number().default(number)).defaultText).toBe(String(number));
      expect(factsOf(z.boolean().default(boolean)).defaultText).toBe(String(boolean));
    }),
  );
});

test('every value of a range, and every category, is accepted by the schema that gave it', () => {
  const bounds = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat({ max: 50 }), fc.nat({ max: 50 }));
  fc.assert(
    fc.property(bounds, fc.boolean(), ([low, width, at], exclusive) => {
      const field = exclusive
        ? z
            .int()
            .gt(low)
            .lt(low + width)
        : z
            .int()
            .min(low)
            .max(low + width);
      const { domain, tunable } = factsOf(field);
      if (!tunable || domain.type !== 'Integer' || domain.range === undefined) return;
      const [from, to] = [Number(domain.range.MinValue), Number(domain.range.MaxValue)];
      const tried = String(from + (at % (to - from + 1)));

      const parsed = parseHyperparameters(z.object({ p: field }), { p: tried });

      expect(parsed).toEqual({ ok: true, values: { p: Number(tried) } });
    }),
  );
});

test('a description is one line of at most 1,024 characters', () => {
  expect(factsOf(z.string().describe(' first\n\tsecond ')).description).toBe('first second');
  expect(factsOf(z.string().describe('d'.repeat(2000))).description).toHaveLength(1024);
  expect(factsOf(z.string().describe(' ')).description).toBeUndefined();
});

test('more hyperparameters than a job can have are refused', () => {
  const names = Array.from({ length: 101 }, (_, index) => `p${index}`);

  expect(() => listOf(z.object(Object.fromEntries(names.map((name) => [name, z.string()]))))).toThrow(
    'the definition has 101 hyperparameters: SageMaker allows 100',
  );
});

test('a name that is too long is refused', () => {
  expect(() => listOf(z.object({ ['p'.repeat(257)]: z.string() }))).toThrow(
    'has a name of 257 characters: SageMaker allows 256',
  );
});
