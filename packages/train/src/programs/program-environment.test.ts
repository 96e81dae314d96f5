import { resolvePaths, type TrainingConfiguration } from '@optml/contract';
import { expect, test } from 'vitest';
import { createProgramEnvironment, type ProgramEnvironmentOptions } from './program-environment.ts';
import { splitHyperparameters } from './split-hyperparameters.ts';

const groups = [
  { instance_group_name: 'cpu', instance_type: 'ml.c5.xlarge', hosts: ['algo-2'] },
  { instance_group_name: 'gpu', instance_type: 'ml.p3.2xlarge', hosts: ['algo-10', 'algo-1'] },
];

function create(hyperparameters: Readonly<Record<string, string>> = {}, topology: unknown = null) {
  const configuration: TrainingConfiguration = {
    hyperparameters,
    inputDataConfig: { 'my-data': { TrainingInputMode: 'File' }, a: { TrainingInputMode: 'File' } },
    resourceConfig: {
      current_host: 'algo-10',
      hosts: ['algo-2', 'algo-1', 'algo-10'],
      network_interface_name: 'eth0',
      current_instance_type: 'ml.p3.2xlarge',
      current_group_name: 'gpu',
      instance_groups: groups,
      topology,
    },
    warnings: [],
  };
  const options: ProgramEnvironmentOptions = {
    paths: resolvePaths('/opt/ml'),
    configuration,
    environment: {
      root: '/opt/ml',
      jobName: 'job',
      jobArn: undefined,
      region: undefined,
      logLevel: 20,
      metricsDirectory: undefined,
      warmPoolCacheDirectory: undefined,
      logFormat: 'text',
      logEnvironment: false,
    },
    hyperparameters: splitHyperparameters(hyperparameters),
    resources: { cpuCount: 4, gpuCount: 1, neuronCount: 0, memoryBytes: 1, memoryLimited: false },
    program: '/opt/ml/code/train.py',
    sourceDirectory: '/opt/ml/code',
    argv: ['--a', '1'],
  };
  return createProgramEnvironment(options);
}

test('the variables are the union of the two toolkits', () => {
  expect(
    create({ 'batch-size': '32', sagemaker_mpi_enabled: 'true', sagemaker_region: '"x"' }, [{ a: 1 }]),
  ).toMatchObject({
    SM_MODEL_DIR: '/opt/ml/model',
    SM_INPUT_DIR: '/opt/ml/input',
    SM_INPUT_CONFIG_DIR: '/opt/ml/input/config',
    SM_INPUT_DATA_DIR: '/opt/ml/input/data',
    SM_OUTPUT_DIR: '/opt/ml/output',
    SM_OUTPUT_DATA_DIR: '/opt/ml/output/data',
    SM_OUTPUT_INTERMEDIATE_DIR: '/opt/ml/output/intermediate',
    SM_OUTPUT_FAILURE: '/opt/ml/output/failure',
    SM_CHANNELS: '["a","my-data"]',
    'SM_CHANNEL_MY-DATA': '/opt/ml/input/data/my-data',
    SM_CHANNEL_MY_DATA: '/opt/ml/input/data/my-data',
    SM_HPS: '{"batch-size":32}',
    'SM_HP_BATCH-SIZE': '32',
    SM_HP_BATCH_SIZE: '32',
    SM_FRAMEWORK_PARAMS: '{"sagemaker_mpi_enabled":true}',
    SM_USER_ARGS: '["--a","1"]',
    SM_HOSTS: '["algo-1","algo-10","algo-2"]',
    SM_HOST_COUNT: '3',
    SM_CURRENT_HOST: 'algo-10',
    SM_CURRENT_HOST_RANK: '1',
    SM_MASTER_ADDR: 'algo-1',
    SM_MASTER_PORT: '7777',
    SM_CURRENT_INSTANCE_TYPE: 'ml.p3.2xlarge',
    SM_CURRENT_INSTANCE_GROUP: 'gpu',
    SM_CURRENT_INSTANCE_GROUP_HOSTS: '["algo-10","algo-1"]',
    SM_INSTANCE_GROUPS: '["cpu","gpu"]',
    SM_IS_HETERO: 'true',
    SM_TOPOLOGY: '[{"a":1}]',
    SM_NETWORK_INTERFACE_NAME: 'eth0',
    SM_NUM_CPUS: '4',
    SM_NUM_GPUS: '1',
    SM_LOG_LEVEL: '20',
    SM_MODULE_NAME: 'train',
    SM_MODULE_DIR: '/opt/ml/code',
    SM_ENTRY_SCRIPT: 'train.py',
    SM_USER_ENTRY_POINT: 'train.py',
    SM_INPUT_TRAINING_CONFIG_FILE: '/opt/ml/input/config/hyperparameters.json',
    SM_INPUT_DATA_CONFIG_FILE: '/opt/ml/input/config/inputdataconfig.json',
    SM_CHECKPOINT_CONFIG_FILE: '/opt/ml/input/config/checkpointconfig.json',
  });
});

test('everything is one variable too, with sorted keys and in ASCII', () => {
  const { SM_TRAINING_ENV: json = '' } = create({ name: '"Zoë"' });

  expect(json).toContain('"hyperparameters":{"name":"Zo\\u00eb"}');
  expect(JSON.parse(json)).toMatchObject({ is_master: false, master_hostname: 'algo-1', job_name: 'job' });
  expect(Object.keys(JSON.parse(json))).toEqual(Object.keys(JSON.parse(json)).sort());
});

test('a null topology has no variable, nor has an empty one', () => {
  expect(create()).not.toHaveProperty('SM_TOPOLOGY');
  expect(create({}, [])).not.toHaveProperty('SM_TOPOLOGY');
});

test('a name that stands for itself is not overwritten by the spelling of another', () => {
  const variables = create({ batch_size: '1', 'batch-size': '2', 'batch.size': '3', 'a=b': '4' });

  expect(variables).toMatchObject({
    SM_HP_BATCH_SIZE: '1',
    'SM_HP_BATCH-SIZE': '2',
    'SM_HP_BATCH.SIZE': '3',
  });
  expect(variables).toMatchObject({ SM_HP_A_B: '4' });
  expect(Object.keys(variables).filter((name) => name.includes('='))).toEqual([]);
});

test('everything in one variable has the words of both toolkits', () => {
  const { SM_TRAINING_ENV: json = '' } = create();

  expect(JSON.parse(json)).toMatchObject({
    current_instance_group_hosts: ['algo-10', 'algo-1'],
    distribution_hosts: ['algo-1', 'algo-10', 'algo-2'],
    input_data_dir: '/opt/ml/input/data',
    instance_groups: ['cpu', 'gpu'],
    instance_groups_dict: { cpu: groups[0], gpu: groups[1] },
    is_smddprun_installed: false,
    master_addr: 'algo-1',
    master_port: 7777,
  });
});

test('a variable that the kernel would refuse is left out, the smaller ones are not', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, 'x'.repeat(2_500)]));

  const variables = create(many);

  expect(variables).not.toHaveProperty('SM_TRAINING_ENV');
  expect(variables).not.toHaveProperty('SM_HPS');
  expect(variables.SM_HP_P59).toHaveLength(2_500);
});
