/** Stories of jobs with hyperparameters that are the Python toolkit's own. */

import { expect, test } from 'vitest';
import { train } from './train-story.ts';

const definition = {
  inputDataConfig: { training: {} },
  files: { 'training/a.csv': 'x,40\ny,2\n' },
};

test('a program’s log says which of them have no effect, and the program finds them all', async () => {
  const { result, stdout, stderr } = await train('happy.ts', {
    hyperparameters: {
      sagemaker_program: '"train.sh"',
      sagemaker_s3_output: '"s3://bucket/x"',
      sagemaker_mpi_enable: 'true',
      sagemaker_mpi_num_processes: '2',
    },
    code: { 'train.sh': 'echo "$SM_FRAMEWORK_PARAMS"' },
  });

  expect(result).toEqual({ exitCode: 0 });
  expect(stderr.match(/^\w+ +hyperparameter \S+ has no effect/gm)).toEqual([
    'INFO  hyperparameter sagemaker_s3_output has no effect',
    'WARN  hyperparameter sagemaker_mpi_enable has no effect',
    'WARN  hyperparameter sagemaker_mpi_num_processes has no effect',
  ]);
  expect(JSON.parse(stdout)).toEqual({ sagemaker_mpi_enable: true, sagemaker_mpi_num_processes: 2 });
});

test('a definition’s log says which of them have no effect', async () => {
  const { result, stdout } = await train('happy.ts', {
    ...definition,
    hyperparameters: {
      rate: '2',
      sagemaker_mpi_enabled: 'true',
      sagemaker_parameter_server_enabled: 'false',
    },
  });

  expect(result).toEqual({ exitCode: 0 });
  expect(stdout.match(/hyperparameter \S+ has no effect/g)).toEqual([
    'hyperparameter sagemaker_mpi_enabled has no effect',
  ]);
});

test.each([
  ['a program', { sagemaker_program: '"train.sh"' }],
  ['a definition', { rate: '2' }],
])('%s whose job asks for what cannot be had is refused', async (_, hyperparameters) => {
  const { result, tree, stdout } = await train('happy.ts', {
    ...definition,
    hyperparameters: { ...hyperparameters, sagemaker_parameter_server_enabled: 'true' },
    code: { 'train.sh': 'echo ran' },
  });

  expect(result).toMatchObject({ exitCode: 1, code: 'HYPERPARAMETER_INVALID' });
  expect(await tree.failure()).toMatch(
    /^UserError: hyperparameter sagemaker_parameter_server_enabled is true, which is not supported: .*; leave it out$/,
  );
  expect(stdout).not.toContain('ran');
});
