import { isLossyNumber } from '@optml/codecs/text';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anyText } from '../../test/any-text.ts';
import { parseHyperparameters } from './parse-hyperparameters.ts';

const parseOne = (schema: z.ZodType, text: string) => {
  const result = parseHyperparameters(z.object({ value: schema }), { value: text });
  return result.ok
    ? (result.values as { value: unknown }).value
    : result.problems.map(({ message }) => message);
};

describe('a text is read as its schema says', () => {
  test.each<[string, z.ZodType, string, unknown]>([
    ['a plain number', z.number(), '5', 5],
    ['a JSON number in JSON', z.number(), '"5"', 5],
    ['a number in Python’s notation', z.number(), '1e-05', 1e-5],
    ['a number that looks like a category', z.enum(['1', '2']), '1', '1'],
    ['plain text', z.string(), 'gini', 'gini'],
    ['text as JSON in JSON', z.string(), '"gini"', 'gini'],
    ['text of digits', z.string(), '007', '007'],
    ['text of many digits', z.string(), '12345678901234567890', '12345678901234567890'],
    ['a big integer', z.bigint(), '12345678901234567890', 12345678901234567890n],
    ['true as JSON', z.boolean(), 'true', true],
    ['True as Python writes it', z.boolean(), 'True', true],
    ['True as JSON in JSON', z.boolean(), '"True"', true],
    ['one for true', z.boolean(), '1', true],
    ['zero for false', z.boolean(), '0', false],
    ['False where the author coerces', z.coerce.boolean(), 'False', false],
    ['a JSON list', z.array(z.number()), '[1, 2]', [1, 2]],
    ['a JSON list of quoted numbers', z.array(z.number()), '["1","2"]', [1, 2]],
    ['a list with commas', z.array(z.number()), '1, 2', [1, 2]],
    ['a list of texts with commas', z.array(z.string()), '1,b', ['1', 'b']],
    ['a list of one', z.array(z.number()), '7', [7]],
    ['texts in quotes with commas', z.array(z.string()), `'it\\'s', "a,b"`, ["it's", 'a,b']],
    [
      'tuples with commas',
      z.array(z.array(z.number())),
      '(1, 2), (3, 4)',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['words in brackets', z.array(z.string()), '[gini, log loss]', ['gini', 'log loss']],
    ['an empty list', z.array(z.string()), '', []],
    ['a JSON list in JSON', z.array(z.number()), '"[1, 2]"', [1, 2]],
    ['a JSON list of numbers as texts', z.array(z.string()), '[1, "b"]', ['1', 'b']],
    ['a list as Python prints it', z.array(z.string()), "['a', 'b, c', \"d'e\"]", ['a', 'b, c', "d'e"]],
    ['a tuple of one as Python prints it', z.array(z.string()), "('a',)", ['a']],
    [
      'quotes and escapes in it',
      z.array(z.string()),
      `['say "no"', 'it\\'s', 'a\\nb']`,
      ['say "no"', "it's", 'a\nb'],
    ],
    ['truths as Python prints them', z.array(z.boolean()), '[True, False]', [true, false]],
    ['truths with commas', z.array(z.boolean()), 'true,0', [true, false]],
    ['None among numbers', z.array(z.number().nullable()), '[1, None]', [1, null]],
    ['NaN among numbers', z.array(z.number().or(z.nan())), '[1, NaN]', [1, Number.NaN]],
    ['big integers', z.array(z.bigint()), '[1, 12345678901234567890]', [1n, 12345678901234567890n]],
    ['texts of many digits', z.array(z.string()), '[12345678901234567890]', ['12345678901234567890']],
    [
      'many digits where text will do',
      z.union([z.number(), z.string()]),
      '"12345678901234567890"',
      '12345678901234567890',
    ],
    ['many digits where anything will do', z.unknown(), '12345678901234567890', '12345678901234567890'],
    ['a list of objects', z.array(z.object({ a: z.number() })), '[{"a":1}]', [{ a: 1 }]],
    ['an object in JSON', z.object({ a: z.number() }), '"{\\"a\\":1}"', { a: 1 }],
    ['an object', z.object({ a: z.number() }), '{"a":1}', { a: 1 }],
    [
      'infinity where it is allowed',
      z.number().or(z.literal(Number.POSITIVE_INFINITY)),
      'inf',
      Number.POSITIVE_INFINITY,
    ],
    ['NaN where it is allowed', z.nan(), 'NaN', Number.NaN],
    ['None where null is allowed', z.number().nullable(), 'None', null],
    ['a number before text in a union', z.union([z.string(), z.number()]), '5', 5],
    ['zeros in front where text will do', z.union([z.number(), z.string()]), '007', '007'],
    ['zeros in front where only a number will do', z.number(), '007', 7],
    ['a sign in front where anything will do', z.unknown(), '+5', '+5'],
    ['a hash where anything will do', z.unknown(), '31e4567', '31e4567'],
    ['a hash in a list of anything', z.array(z.unknown()), '[1, 31e4567]', [1, '31e4567']],
    ['a name that is a number in Python where anything will do', z.unknown(), 'inf', 'inf'],
    ['True where anything will do', z.unknown(), 'True', true],
    ['an underflow where text will do', z.number().or(z.string()), '1e-400', '1e-400'],
    [
      'many digits in an object',
      z.object({ a: z.string(), b: z.number() }),
      '{"a":12345678901234567890,"b":2.0}',
      { a: '12345678901234567890', b: 2 },
    ],
    [
      'many digits as a big integer in an object',
      z.object({ a: z.bigint() }),
      '{"a":12345678901234567890}',
      { a: 12345678901234567890n },
    ],
    [
      'digits as they are spelt in an object',
      z.record(z.string(), z.string()),
      '{"a":1.10,"b":true,"c":"x"}',
      { a: '1.10', b: 'true', c: 'x' },
    ],
    [
      'numbers as texts in an object',
      z.object({ a: z.number(), b: z.boolean() }),
      '{"a":"5","b":"True"}',
      { a: 5, b: true },
    ],
    [
      'one of two objects',
      z.union([z.object({ a: z.number() }), z.object({ b: z.string() })]),
      '{"b":1.10}',
      { b: '1.10' },
    ],
    ['text where the author coerces to it', z.coerce.string(), '1.10', '1.10'],
    ['a list where the author coerces to text', z.coerce.string(), '[1, 2]', '[1, 2]'],
    ['texts where the author coerces to them', z.array(z.coerce.string()), '[1.10, true]', ['1.10', 'true']],
    ['False in JSON where the author coerces', z.coerce.boolean(), '"False"', false],
    ['a number where the author coerces', z.coerce.number(), '"5"', 5],
    ['a year where the author coerces to a date', z.coerce.date(), '2024', new Date('2024-01-01T00:00Z')],
    [
      'many digits in JSON where the author coerces',
      z.coerce.bigint(),
      '" 12345678901234567890 "',
      12345678901234567890n,
    ],
    ['what the author catches', z.number().catch(0), '"5"', 5],
    ['a text that the author splits', z.string().transform((text) => text.split(',')), 'a,b', ['a', 'b']],
    [
      'a dictionary as Python prints it',
      z.object({ a: z.number(), b: z.boolean() }),
      "{'a': 1e-05, 'b': False}",
      { a: 1e-5, b: false },
    ],
    [
      'a dictionary with a hash and a name',
      z.record(z.string(), z.string()),
      "{'a': 31e4567, 7: 'x'}",
      { a: '31e4567', 7: 'x' },
    ],
    ['a tuple as Python prints it', z.tuple([z.number(), z.string()]), "(1, 'a')", [1, 'a']],
    [
      'tuples in a list',
      z.array(z.tuple([z.number(), z.number()])),
      '[(1, 2), (3, 4)]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'all of them in one another',
      z.object({ betas: z.array(z.number()), nested: z.object({ on: z.boolean().nullable() }) }),
      "{'betas': (0.9, 0.999), 'nested': {'on': None}}",
      { betas: [0.9, 0.999], nested: { on: null } },
    ],
    [
      'a dictionary in JSON',
      z.object({ a: z.array(z.string()) }),
      JSON.stringify("{'a': ['it\\'s']}"),
      { a: ["it's"] },
    ],
    [
      'an empty dictionary and an empty tuple',
      z.array(z.union([z.array(z.number()), z.object({})])),
      '[{}, ()]',
      [{}, []],
    ],
    ['a set as Python prints it', z.array(z.number()), '{1, 2}', [1, 2]],
    ['a dictionary where text will do', z.string(), "{'a': 1}", "{'a': 1}"],
  ])('%s', (_what, schema, text, expected) => {
    expect(parseOne(schema, text)).toEqual(expected);
  });

  test('any number as a number where the schema takes one and nothing is lost, else as text, or refused', () => {
    const spelling = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.oneof(fc.stringMatching(/^[0-9]{1,25}$/), fc.constantFrom('0', '9007199254740993')),
        fc.stringMatching(/^(\.[0-9]{1,20})?$/),
        fc.stringMatching(/^([eE][+-]?[0-9]{1,4})?$/),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(spelling, (text) => {
        const isLost = isLossyNumber(text);
        const isJson = /^-?(0|[1-9])(?![0-9])|^-?[1-9]/.test(text);

        expect(parseOne(z.string(), text)).toBe(text);
        expect(parseOne(z.unknown(), text)).toBe(isLost || !isJson ? text : Number(text));
        expect(parseOne(z.array(z.unknown()), `[${text}]`)).toEqual([
          isLost || !isJson ? text : Number(text),
        ]);
        for (const schema of [z.number(), z.coerce.number()]) {
          if (isLost) expect(parseOne(schema, text)).toEqual([expect.stringContaining(JSON.stringify(text))]);
          else expect(parseOne(schema, text)).toBe(Number(text));
        }
      }),
    );
  });

  test('any finite number, in both encodings', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = String(value);

        expect(parseOne(z.number(), text)).toBe(Number(text));
        expect(parseOne(z.number(), JSON.stringify(text))).toBe(Number(text));
      }),
    );
  });

  test('any text in JSON comes back as it was', () => {
    fc.assert(
      fc.property(anyText(), (value) => {
        expect(parseOne(z.string(), JSON.stringify(value))).toBe(value);
      }),
    );
  });

  test('any list of texts comes back as it was, with quotes of either kind', () => {
    // Python prints a text in double quotes where it holds single ones.
    const print = (item: string) => (item.includes("'") ? `"${item}"` : `'${item}'`);
    const item = fc.string({ unit: fc.constantFrom(..."ab, []('") }).filter((text) => text === text.trim());
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        expect(parseOne(z.array(z.string()), `[${items.map(print).join(', ')}]`)).toEqual(items);
        expect(parseOne(z.array(z.string()), JSON.stringify(items))).toEqual(items);
      }),
    );
  });

  test.each([1_000, 5_000, 20_000, 100_000])('lists in one another %i deep are not an exception', (depth) => {
    const text = '['.repeat(depth) + ']'.repeat(depth);

    for (const schema of [z.string(), z.array(z.unknown()), z.number(), z.array(z.array(z.number()))]) {
      expect(() => parseOne(schema, text)).not.toThrow();
    }
    expect(parseOne(z.string(), text)).toBe(text);
  });

  test('any text at all gives a value or a message, never an exception', () => {
    const schemas = [
      z.number(),
      z.boolean(),
      z.array(z.number()),
      z.object({ a: z.string() }),
      z.bigint(),
      z.array(z.bigint()),
    ];
    fc.assert(
      fc.property(anyText(), fc.constantFrom(...schemas), (text, schema) => {
        expect(() => parseOne(schema, text)).not.toThrow();
      }),
    );
  });
});

describe('a wrong value is quoted with what was expected', () => {
  test.each<[z.ZodType, string, string]>([
    [z.number(), 'abc', 'hyperparameter value is "abc": expected number'],
    [z.number().min(1), '0', 'hyperparameter value is "0": expected number to be >=1'],
    [z.number().int(), '2.5', 'hyperparameter value is "2.5": expected int'],
    [z.boolean(), 'maybe', 'hyperparameter value is "maybe": expected boolean'],
    [z.enum(['a', 'b']), 'c', 'hyperparameter value is "c": expected one of "a"|"b"'],
    [z.array(z.number()), '1,x', 'hyperparameter value[1] is "x": expected number'],
    [z.array(z.number()).max(1), '1,2', 'hyperparameter value is "1,2": expected array to have <=1 items'],
    [z.number(), 'NaN', 'hyperparameter value is "NaN": expected number'],
    [z.object({ a: z.number() }), '{"a":"x"}', 'hyperparameter value.a is "x": expected number'],
    [z.object({ a: z.number() }), "{'a': [1, None]}", 'hyperparameter value.a is [1,null]: expected number'],
    [z.array(z.number().min(1)), '[0, 2]', 'hyperparameter value[0] is 0: expected number to be >=1'],
    [z.array(z.boolean()), '[1, "x"]', 'hyperparameter value[1] is "x": expected boolean'],
    [
      z.number(),
      '31e4567',
      'hyperparameter value is "31e4567": expected number, but it would be read as Infinity: send a number that fits a double, or declare text in the definition',
    ],
    [
      z.array(z.number()),
      '[1, 12345678901234567890]',
      'hyperparameter value[1] is "12345678901234567890": expected number, but it would be read as 12345678901234567000: send a number that fits a double, or declare text in the definition',
    ],
    [
      z.string().transform(Number),
      '" 9007199254740993 "',
      'hyperparameter value is "\\" 9007199254740993 \\"": expected number, but it would be read as 9007199254740992: send a number that fits a double, or declare text in the definition',
    ],
    [
      z.coerce.number(),
      '1e-400',
      'hyperparameter value is "1e-400": expected number, but it would be read as 0: send a number that fits a double, or declare text in the definition',
    ],
    [
      z.record(z.string(), z.number()),
      'lr=0.1',
      'hyperparameter value is "lr=0.1": expected an object: write it as JSON, for example {"name":1}, or as Python prints it',
    ],
    [z.array(z.string()), '[[1, a]]', 'hyperparameter value is "[[1, a]]": expected array'],
    [z.array(z.string()), "{'a': 1}", 'hyperparameter value is "{\'a\': 1}": expected array'],
  ])('%#', (schema, text, message) => {
    expect(parseOne(schema, text)).toEqual([message]);
  });
});

test('an object is taken as its error says to write it', () => {
  const schema = z.record(z.string(), z.number());
  const [message = ''] = parseOne(schema, 'name=1') as string[];

  const [example = ''] = /\{.*\}/.exec(message) ?? [];
  expect(parseOne(schema, example)).toEqual({ name: 1 });
  expect(parseOne(schema, example.replaceAll('"', "'"))).toEqual({ name: 1 });
});

describe('names', () => {
  const schema = z.object({ max_depth: z.number().default(5), learning_rate: z.number() });

  test.each(['learning_rate', 'learning-rate', 'learningRate', 'LEARNING_RATE'])(
    'may be spelt %s',
    (name) => {
      const result = parseHyperparameters(schema, { [name]: '0.1' });

      expect(result).toEqual({ ok: true, values: { max_depth: 5, learning_rate: 0.1 } });
    },
  );

  test('are refused when given twice, missing, or unknown, all at once', () => {
    const result = parseHyperparameters(schema, {
      max_depth: '1',
      'max-depth': '2',
      learnin_rate: '1',
      extra: '1',
    });

    expect(result).toEqual({
      ok: false,
      problems: [
        'hyperparameter max_depth is given twice, as max_depth and max-depth: keep one',
        'hyperparameter learnin_rate is unknown: did you mean learning_rate?',
        'hyperparameter extra is unknown: the known names are max_depth, learning_rate',
        'hyperparameter learning_rate is missing: expected number',
      ].map((message) => ({ code: 'HYPERPARAMETER_INVALID', message })),
    });
  });

  test('that are empty are quoted', () => {
    expect(parseHyperparameters(z.object({ a: z.number() }), { a: '1', '': '2' })).toMatchObject({
      ok: false,
      problems: [{ message: 'hyperparameter "" is unknown: the known names are a' }],
    });
  });

  test('of the platform are left out', () => {
    const result = parseHyperparameters(schema, {
      learning_rate: '1',
      sagemaker_program: '"train.py"',
      _tuning_objective_metric: 'validation:accuracy',
    });

    expect(result.ok).toBe(true);
  });

  test('of every object are not hyperparameters of a loose schema', () => {
    const result = parseHyperparameters(z.looseObject({}), { constructor: 'toString', kind: 'constructor' });

    expect(result).toEqual({ ok: true, values: { constructor: 'toString', kind: 'constructor' } });
  });

  test('that are unknown pass through a loose schema', () => {
    const result = parseHyperparameters(z.looseObject({}), { anything: '5' });

    expect(result).toEqual({ ok: true, values: { anything: 5 } });
  });
});

test('a rule over several hyperparameters is reported', () => {
  const schema = z
    .object({ low: z.number(), high: z.number() })
    .refine(({ low, high }) => low < high, { path: ['low'], error: 'expected less than high' });

  const result = parseHyperparameters(schema, { low: '2', high: '1' });

  expect(result).toMatchObject({
    ok: false,
    problems: [{ message: 'hyperparameter low is 2: expected less than high' }],
  });
});
