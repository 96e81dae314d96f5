import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTraining } from './define-training.ts';

const whole = { hyperparameters: z.object({}), channels: {}, run() {} };

test.each([
  [
    'hyperparameters',
    undefined,
    'hyperparameters is not a z.object({ ... }): use z.object({}) if there are none',
  ],
  ['hyperparameters', { rate: 1 }, 'hyperparameters is not a z.object({ ... })'],
  ['channels', undefined, 'channels is missing: use {} if there are none'],
  ['run', undefined, 'run is not a function'],
  ['metric', {}, 'the training definition cannot be used: metric is unknown: did you mean metrics?'],
])('a definition whose %s is %j is refused with what is wrong', (name, value, message) => {
  const definition = { ...whole, [name]: value } as typeof whole;

  expect(() => defineTraining(definition)).toThrow(
    expect.objectContaining({ code: 'TRAINING_INVALID', message: expect.stringContaining(message) }),
  );
});

test('a whole definition is one', () => {
  expect(defineTraining(whole)).toMatchObject({ channels: {}, metrics: {} });
});
