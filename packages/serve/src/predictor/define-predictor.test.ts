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
])('a definition whose %s is %j is refused with what is missing', (name, value, message) => {
  const whole = { input: z.unknown(), output: z.unknown(), load: () => undefined, predict: () => undefined };
  const definition = { ...whole, [name]: value } as typeof whole;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});
