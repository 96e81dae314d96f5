import { expect, test } from 'vitest';
import { splitHyperparameters } from './split-hyperparameters.ts';
import {
  findRefusedHyperparameters,
  logIdleHyperparameters,
  toolkitHyperparameters,
} from './toolkit-hyperparameters.ts';

function read(texts: Readonly<Record<string, string>>) {
  const { toolkit, framework } = splitHyperparameters(texts);
  return { ...toolkit, ...framework };
}

function log(texts: Readonly<Record<string, string>>, runs: 'program' | 'definition' = 'program') {
  const lines: string[] = [];
  const info = (line: string) => lines.push(`info: ${line}`);
  const warn = (line: string) => lines.push(`warn: ${line}`);
  logIdleHyperparameters(read(texts), { info, warn }, runs);
  return lines;
}

/** Every name in `params.py` and `environment.py` of the toolkit 5.1. */
const namesOfToolkit = [
  '_tuning_objective_metric',
  'default_user_module_name',
  'sagemaker_container_log_level',
  'sagemaker_distributed_dataparallel_custom_mpi_options',
  'sagemaker_distributed_dataparallel_enabled',
  'sagemaker_distribution_instance_groups',
  'sagemaker_enable_cloudwatch_metrics',
  'sagemaker_instance_type',
  'sagemaker_job_name',
  'sagemaker_mpi_custom_mpi_options',
  'sagemaker_mpi_enabled',
  'sagemaker_mpi_num_of_processes_per_host',
  'sagemaker_mpi_num_processes',
  'sagemaker_multi_worker_mirrored_strategy_enabled',
  'sagemaker_network_interface_name',
  'sagemaker_parameter_server_enabled',
  'sagemaker_program',
  'sagemaker_pytorch_ddp_enabled',
  'sagemaker_pytorch_xla_multi_worker_enabled',
  'sagemaker_region',
  'sagemaker_s3_output',
  'sagemaker_submit_directory',
  'sagemaker_torch_distributed_enabled',
];

test('the fate of every name of the toolkit is known', () => {
  expect(Object.keys(toolkitHyperparameters).sort()).toEqual(namesOfToolkit);
});

test('a name that is refused is refused when it is on', () => {
  const refused = Object.entries(toolkitHyperparameters).flatMap(([name, { fate }]) =>
    fate === 'refused' ? [name] : [],
  );

  for (const name of refused) {
    expect(findRefusedHyperparameters(read({ [name]: 'true' }))).toEqual([
      {
        code: 'HYPERPARAMETER_INVALID',
        message: expect.stringMatching(
          `^hyperparameter ${name} is true, which is not supported: .+; leave it out$`,
        ),
      },
    ]);
    expect(findRefusedHyperparameters(read({ [name]: 'false' }))).toEqual([]);
    expect(log({ [name]: 'false' })).toEqual([]);
  }
  expect(refused).toHaveLength(4);
});

test('a name without effect is logged with the reason, unless it says nothing', () => {
  expect(
    log({ sagemaker_s3_output: '"s3://bucket/x"', sagemaker_enable_cloudwatch_metrics: 'false' }),
  ).toEqual([
    'info: hyperparameter sagemaker_s3_output has no effect: output/intermediate is not copied to S3 by optml',
  ]);
  expect(log({ sagemaker_mpi_custom_mpi_options: '-v', sagemaker_mpi_num_processes: '2' })).toEqual([
    'warn: hyperparameter sagemaker_mpi_custom_mpi_options has no effect without sagemaker_mpi_enabled',
    'warn: hyperparameter sagemaker_mpi_num_processes has no effect without sagemaker_mpi_enabled',
  ]);
  expect(log({ sagemaker_mpi_enabled: 'true', sagemaker_mpi_custom_mpi_options: '-v' })).toEqual([]);
});

test('a name that nobody knows is logged with the one that was probably meant', () => {
  expect(log({ sagemaker_mpi_enable: 'true', sagemaker_training_compiler_enabled: 'false' })).toEqual([
    'warn: hyperparameter sagemaker_mpi_enable has no effect: optml does not know it; did you mean sagemaker_mpi_enabled?',
    'warn: hyperparameter sagemaker_training_compiler_enabled has no effect: optml does not know it; a program finds it in SM_FRAMEWORK_PARAMS',
  ]);
});

test('a definition is told of what only programs use', () => {
  expect(log({ sagemaker_mpi_enabled: 'true', sagemaker_container_log_level: '20' }, 'definition')).toEqual([
    'warn: hyperparameter sagemaker_mpi_enabled has no effect: this job runs a definition, which does not use it',
  ]);
});

test('what the Python SDK sends with every program is used', () => {
  const usual = {
    sagemaker_container_log_level: '20',
    sagemaker_job_name: '"job"',
    sagemaker_program: '"train.py"',
    sagemaker_region: '"us-east-1"',
    sagemaker_submit_directory: '"s3://bucket/sourcedir.tar.gz"',
  };

  expect(log({ ...usual, _tuning_objective_metric: 'loss' })).toEqual([]);
});
