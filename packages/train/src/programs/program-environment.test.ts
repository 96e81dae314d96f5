import type { TrainingConfiguration } from '@optml/contract';
import { resolvePaths } from '@optml/contract/paths';
import { expect, test } from 'vitest';
import { splitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { createProgramEnvironment, type ProgramEnvironmentOptions } from './program-environment.ts';

const groups = [
  { instance_group_name: 'cpu', instance_type: 'ml.c5.xlarge', hosts: ['algo-2'] },
  { instance_group_name: 'gpu', instance_type: 'ml.p3.2xlarge', hosts: ['algo-10', 'algo-1'] },
];

const twoGroups: TrainingConfiguration['resourceConfig'] = {
  current_host: 'algo-10',
  hosts: ['algo-2', 'algo-1', 'algo-10'],
  network_interface_name: 'eth0',
  current_instance_type: 'ml.p3.2xlarge',
  current_group_name: 'gpu',
  instance_groups: groups,
  topology: null,
};

function create(
  hyperparameters: Readonly<Record<string, string>> = {},
  resources: Partial<TrainingConfiguration['resourceConfig']> = {},
  program = 'train.py',
) {
  return createFor(hyperparameters, { ...twoGroups, ...resources }, program);
}

function createFor(
  hyperparameters: Readonly<Record<string, string>>,
  resourceConfig: TrainingConfiguration['resourceConfig'],
  program: string,
) {
  const configuration: TrainingConfiguration = {
    hyperparameters,
    inputDataConfig: { 'my-data': { TrainingInputMode: 'File' }, a: { TrainingInputMode: 'File' } },
    resourceConfig,
    warnings: [],
  };
  const options: ProgramEnvironmentOptions = {
    paths: resolvePaths('/opt/ml'),
    configuration,
    environment: {
      root: '/opt/ml',
      jobName: 'job',
      region: undefined,
      logLevel: 20,
      metricsDirectory: undefined,
      logFormat: 'text',
      logEnvironment: false,
    },
    hyperparameters: splitHyperparameters(hyperparameters),
    resources: { cpuCount: 4, gpuCount: 1, neuronCount: 0, memoryBytes: 1, memoryLimited: false },
    program: `/opt/ml/code/${program}`,
    sourceDirectory: '/opt/ml/code',
    argv: ['--a', '1'],
  };
  return createProgramEnvironment(options);
}

test('the variables are the union of the two toolkits', () => {
  expect(
    create(
      { 'batch-size': '32', sagemaker_mpi_enabled: 'true', sagemaker_region: '"x"' },
      { topology: [{ a: 1 }] },
    ),
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

test('numbers have the digits that were delivered, wherever they are', () => {
  const { SM_TRAINING_ENV, SM_FRAMEWORK_PARAMS } = create({
    id: '12345678901234567890',
    hash: '31e4567',
    sagemaker_rate: '[1.10, 1e999]',
  });

  expect(SM_TRAINING_ENV).toContain('"hyperparameters":{"hash":"31e4567","id":12345678901234567890}');
  expect(SM_TRAINING_ENV).toContain('"additional_framework_parameters":{"sagemaker_rate":[1.10,"1e999"]}');
  expect(SM_FRAMEWORK_PARAMS).toBe('{"sagemaker_rate":[1.10,"1e999"]}');
});

test('a null topology has no variable, nor has an empty one', () => {
  expect(create()).not.toHaveProperty('SM_TOPOLOGY');
  expect(create({}, { topology: [] })).not.toHaveProperty('SM_TOPOLOGY');
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

const oneGroup = {
  current_host: 'algo-1',
  hosts: ['algo-1'],
  network_interface_name: 'eth0',
  current_instance_type: 'ml.c5.xlarge',
  current_group_name: 'homogeneousCluster',
  instance_groups: [
    { instance_group_name: 'homogeneousCluster', instance_type: 'ml.c5.xlarge', hosts: ['algo-1'] },
  ],
  topology: null,
};

/** Of each of these jobs the toolkit 5.1 makes the same variables. */
test.each([
  [
    'one group',
    {},
    oneGroup,
    {
      SM_CURRENT_INSTANCE_GROUP_HOSTS: '["algo-1"]',
      SM_INSTANCE_GROUPS: '["homogeneousCluster"]',
      SM_DISTRIBUTION_INSTANCE_GROUPS: '[]',
      SM_IS_HETERO: 'false',
    },
    { distribution_hosts: [], distribution_instance_groups: [], topology: null, job_name: 'job' },
  ],
  [
    'one group whose hosts work together',
    { sagemaker_mpi_enabled: 'true' },
    oneGroup,
    { SM_DISTRIBUTION_INSTANCE_GROUPS: '["homogeneousCluster"]' },
    { distribution_hosts: ['algo-1'], distribution_instance_groups: ['homogeneousCluster'] },
  ],
  [
    'hosts only',
    {},
    { current_host: 'algo-2', hosts: ['algo-1', 'algo-2'] },
    {
      SM_CURRENT_INSTANCE_GROUP: 'homogeneousCluster',
      SM_CURRENT_INSTANCE_GROUP_HOSTS: '[]',
      SM_CURRENT_INSTANCE_TYPE: 'local',
      SM_DISTRIBUTION_INSTANCE_GROUPS: '[]',
      SM_INSTANCE_GROUPS: '[]',
      SM_INSTANCE_GROUPS_DICT: '{}',
      SM_NETWORK_INTERFACE_NAME: 'eth0',
      SM_RESOURCE_CONFIG: '{"current_host":"algo-2","hosts":["algo-1","algo-2"]}',
    },
    {
      current_instance_group: 'homogeneousCluster',
      current_instance_type: 'local',
      distribution_hosts: ['algo-1', 'algo-2'],
      is_master: false,
      is_smddpmprun_installed: false,
      master_hostname: 'algo-1',
      network_interface_name: 'eth0',
      topology: [],
    },
  ],
  [
    'hosts only that work together',
    { sagemaker_torch_distributed_enabled: 'true' },
    { current_host: 'algo-1', hosts: ['algo-1', 'algo-2'] },
    { SM_DISTRIBUTION_INSTANCE_GROUPS: '["homogeneousCluster"]', SM_INSTANCE_GROUPS: '[]' },
    { distribution_hosts: ['algo-1', 'algo-2'], distribution_instance_groups: ['homogeneousCluster'] },
  ],
  [
    'two groups that are both named, and a topology',
    { sagemaker_pytorch_ddp_enabled: 'true', sagemaker_distribution_instance_groups: '["cpu","gpu"]' },
    { ...twoGroups, topology: [{ hostName: 'algo-1' }] },
    {
      SM_DISTRIBUTION_INSTANCE_GROUPS: '["cpu","gpu"]',
      SM_IS_HETERO: 'true',
      SM_TOPOLOGY: '[{"hostName":"algo-1"}]',
    },
    { is_hetero: true, topology: [{ hostName: 'algo-1' }] },
  ],
])('%s: the variables are those of the toolkit', (_, hyperparameters, resources, variables, everything) => {
  const created = createFor(hyperparameters, resources, 'train.py');

  expect(created).toMatchObject(variables);
  expect(JSON.parse(created.SM_TRAINING_ENV ?? '')).toMatchObject(everything);
});

test.each([
  ['train.py', 'train'],
  ['nested/train.py', 'nested/train'],
  ['run.sh', 'run.sh'],
  ['src/train.mjs', 'src/train.mjs'],
  ['a.b/run', 'a.b/run'],
])('the module of %s is %s', (program, moduleName) => {
  const { SM_MODULE_NAME, SM_USER_ENTRY_POINT, SM_TRAINING_ENV = '' } = create({}, {}, program);

  expect([SM_MODULE_NAME, SM_USER_ENTRY_POINT]).toEqual([moduleName, program]);
  expect(JSON.parse(SM_TRAINING_ENV)).toMatchObject({ module_name: moduleName, user_entry_point: program });
});

test('what the toolkit puts beside the SM_* variables is there, and nothing is emptied', () => {
  expect(create({ sagemaker_job_name: '"job-1"', sagemaker_region: '"eu-west-1"' })).toMatchObject({
    CURRENT_HOST: 'algo-10',
    SAGEMAKER_JOB_NAME: 'job-1',
    SAGEMAKER_REGION: 'eu-west-1',
  });
  expect(create()).not.toHaveProperty('SAGEMAKER_JOB_NAME');
  expect(create()).not.toHaveProperty('SAGEMAKER_REGION');
});
