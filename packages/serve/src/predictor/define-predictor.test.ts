import { Readable } from 'node:stream';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { definePredictor, isPredictorDefinition } from './define-predictor.ts';

test('the types of a definition follow from its schemas and its load', () => {
  const definition = definePredictor({
    input: z.array(z.array(z.number())),
    output: z.array(z.string()),
    async load({ modelDirectory }) {
      return { labels: [modelDirectory] };
    },
    predict(instances, { model, signal }) {
      expectTypeOf(instances).toEqualTypeOf<number[][]>();
      expectTypeOf(model).toEqualTypeOf<{ labels: string[] }>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return model.labels;
    },
    unload(model) {
      expectTypeOf(model).toEqualTypeOf<{ labels: string[] }>();
    },
  });

  expect(isPredictorDefinition(definition)).toBe(true);
});

test('a stream has items of the type of the schema', () => {
  const shared = {
    input: z.array(z.string()),
    output: z.object({ text: z.string() }),
    load: () => ({ size: 1 }),
  };
  const definitions = [
    definePredictor({
      ...shared,
      async *predict(instances, { model }) {
        expectTypeOf(instances).toEqualTypeOf<string[]>();
        expectTypeOf(model).toEqualTypeOf<{ size: number }>();
        for (const text of instances) yield { text };
      },
    }),
    definePredictor({
      ...shared,
      *predict(instances) {
        for (const text of instances) yield { text };
      },
    }),
    definePredictor({
      ...shared,
      predict: (instances) => Readable.from(instances).map((text: string) => ({ text })),
    }),
    definePredictor({
      ...shared,
      predict: async () => new ReadableStream<{ text: string }>(),
    }),
    definePredictor({
      ...shared,
      // @ts-expect-error a number is not an object with a text
      async *predict() {
        yield 1;
      },
    }),
  ];

  expect(definitions.every(isPredictorDefinition)).toBe(true);
});

test('a prediction of another type than the schema is a type error', () => {
  definePredictor({
    input: z.unknown(),
    output: z.array(z.string()),
    load: () => undefined,
    // @ts-expect-error numbers are not strings
    predict: () => [1],
  });
});

test.each([
  ['input', { type: 'object' }, 'input is not a zod schema: use z.unknown() to accept anything'],
  ['output', undefined, 'output is not a zod schema'],
  ['load', 5, 'load is not a function'],
  ['predict', undefined, 'predict is not a function, and there is no predictBatch'],
  [
    'predictBatch',
    async function* () {},
    'predictBatch is a generator, and a batch cannot be streamed: use predict',
  ],
])('a definition whose %s is %j is refused with what is missing', (name, value, message) => {
  const whole = { input: z.unknown(), output: z.unknown(), load: () => undefined, predict: () => undefined };
  const definition = { ...whole, [name]: value } as typeof whole;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});

test.each([
  [{ predictBidirectional: 5 }, 'predictBidirectional is not a function'],
  [{ predictBidirectional() {}, bidirectionalPaths: ['v1'] }, 'bidirectionalPaths is ["v1"]: list paths'],
  [{ predict() {}, bidirectionalPaths: ['/v1'] }, 'bidirectionalPaths has no predictBidirectional'],
  [{ predictBidirectional() {}, input: z.unknown() }, 'input describes invocations, and there is no predict'],
])('a definition of connections with %j is refused', (members, message) => {
  const schemas = 'predict' in members ? { input: z.unknown(), output: z.unknown() } : {};
  const definition = { load: () => undefined, ...schemas, ...members } as never;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});

test('the types of a definition of connections follow from its load', () => {
  definePredictor({
    load: () => ({ size: 1 }),
    async *predictBidirectional(messages, { model }) {
      expectTypeOf(model).toEqualTypeOf<{ size: number }>();
      for await (const message of messages) expectTypeOf(message).toEqualTypeOf<string | Uint8Array>();
      yield model.size;
    },
  });
});
