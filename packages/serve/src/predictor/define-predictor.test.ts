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

test.each([undefined, null, 5, {}, { kind: 'predictor' }])('%j is no definition', (value) => {
  expect(isPredictorDefinition(value)).toBe(false);
});
