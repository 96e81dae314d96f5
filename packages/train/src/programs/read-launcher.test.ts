import { expect, test } from 'vitest';
import { splitHyperparameters } from '../hyperparameters/split-hyperparameters.ts';
import { readLauncher } from './read-launcher.ts';

const cpus = { cpuCount: 4, gpuCount: 0, neuronCount: 0, memoryBytes: 1, memoryLimited: false };
const group = (name: string) => ({ name, instanceType: 'ml.c5.xlarge', hosts: [] });

function read(
  texts: Readonly<Record<string, string>>,
  { resources = cpus, groups = ['homogeneousCluster'] } = {},
) {
  const { framework } = splitHyperparameters(texts);
  return readLauncher(framework, { resources, groups: groups.map(group) });
}

const mpi = { sagemaker_mpi_enabled: 'true' };
const options = (text: string) => ({ ...mpi, sagemaker_mpi_custom_mpi_options: text });

test.each([
  [{}, cpus, { processesPerHost: 1, mpi: undefined }],
  [{ sagemaker_torch_distributed_enabled: 'true' }, { ...cpus, gpuCount: 8 }, { processesPerHost: 8 }],
  [{ sagemaker_pytorch_ddp_enabled: '"true"' }, { ...cpus, neuronCount: 2 }, { processesPerHost: 2 }],
  [
    mpi,
    { ...cpus, gpuCount: 4 },
    { processesPerHost: 4, mpi: { processCount: undefined, customOptions: [] } },
  ],
  [{ ...mpi, sagemaker_mpi_num_processes: '3' }, cpus, { mpi: { processCount: 3 } }],
  [{ ...mpi, sagemaker_mpi_num_of_processes_per_host: '"2"' }, cpus, { processesPerHost: 2 }],
  [{ ...mpi, sagemaker_mpi_num_processes: 'null' }, cpus, { mpi: { processCount: undefined } }],
])('%j on %j', (texts, resources, launcher) => {
  expect(read(texts, { resources })).toMatchObject(launcher);
});

test.each([
  ['"-verbose"', ['-verbose']],
  ['-x A=1 -x B=2', ['-x', 'A=1', '-x', 'B=2']],
  [JSON.stringify(`-x "GREETING=it's $HOME"`), ['-x', "GREETING=it's $HOME"]],
  ['"--NCCL_DEBUG WARN -v"', ['-x', 'NCCL_DEBUG=WARN', '-v']],
  ['-v --NCCL_DEBUG=INFO', ['-v', '-x', 'NCCL_DEBUG=INFO']],
  ['""', []],
  ['', []],
])('the options %s are %j', (text, words) => {
  expect(read(options(text))).toMatchObject({ mpi: { customOptions: words } });
});

test.each([
  [
    options("-x 'A=b"),
    'hyperparameter sagemaker_mpi_custom_mpi_options is "-x \'A=b", which opens a quote that is not closed',
  ],
  [options('-mca note $(id)'), 'a shell on the other hosts would interpret "$(id)"'],
  [options(`-x A="$B" --prefix '/opt/*'`), 'a shell on the other hosts would interpret "/opt/*"'],
  [
    options('["-x"]'),
    'hyperparameter sagemaker_mpi_custom_mpi_options is ["-x"]: expected mpirun options as one text',
  ],
  [options('"a\\u0000"'), 'expected mpirun options as one text'],
  [
    { ...mpi, sagemaker_mpi_num_processes: '0' },
    'hyperparameter sagemaker_mpi_num_processes is 0: expected a whole number from 1',
  ],
  [{ sagemaker_mpi_num_of_processes_per_host: '1.5' }, 'is 1.5: expected a whole number from 1'],
])('%j is refused', (texts, message) => {
  expect(() => read(texts)).toThrow(message);
});

test('a distribution takes all instance groups or is refused', () => {
  const distribution = { ...mpi, sagemaker_distribution_instance_groups: '["gpu"]' };

  expect(read(distribution, { groups: ['gpu'] })).toMatchObject({ mpi: {} });
  expect(() => read(distribution, { groups: ['cpu', 'gpu'] })).toThrow(
    'hyperparameter sagemaker_distribution_instance_groups is ["gpu"], which leaves out cpu; the program always starts on all hosts',
  );
});
