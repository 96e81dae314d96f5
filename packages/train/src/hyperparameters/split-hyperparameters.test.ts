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

  expect(Object.entries(split.texts).map(([name, { plain }]) => [name, plain])).toEqual([
    ['z', '1'],
    ['a', 'text'],
  ]);
  expect(split).toMatchObject({
    toolkit: { sagemaker_program: 'train.py', _tuning_objective_metric: 'validation:accuracy' },
    framework: { sagemaker_mpi_enabled: true },
    frameworkTexts: { sagemaker_mpi_enabled: { plain: 'true' } },
  });
});
