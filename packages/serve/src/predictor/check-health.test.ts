import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkHealth } from './check-health.ts';
import { definePredictor } from './define-predictor.ts';

test('a health check that does not end in time says no', async () => {
  const definition = definePredictor({
    input: z.unknown(),
    output: z.unknown(),
    load: () => undefined,
    predict: () => undefined,
    health: () => new Promise<boolean>(() => undefined),
  });

  const problem = await checkHealth({ definition, model: undefined } as Parameters<typeof checkHealth>[0], 1);

  expect(problem).toBe('health has not returned after 1 ms');
});
