import { expect, test } from 'vitest';
import { splitHyperparameters } from './split-hyperparameters.ts';

test('the toolkit’s, the frameworks’ and the author’s are told apart, in order', () => {
  const split = splitHyperparameters({
    z: '1',
    sagemaker_program: '"train.py"',
    sagemaker_mpi_enabled: 'true',
    _tuning_objective_metric: 'validation:accuracy',
    a: '"text"',
  });

  expect(split).toEqual({
    values: { z: 1, a: 'text' },
    toolkit: { sagemaker_program: 'train.py', _tuning_objective_metric: 'validation:accuracy' },
    framework: { sagemaker_mpi_enabled: true },
  });
  expect(Object.keys(split.values)).toEqual(['z', 'a']);
});

test('a number whose digits would be lost stays text', () => {
  expect(splitHyperparameters({ id: '12345678901234567890' }).values).toEqual({ id: '12345678901234567890' });
});
