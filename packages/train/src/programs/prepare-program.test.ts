import { rm } from 'node:fs/promises';
import { resolvePaths } from '@optml/contract/paths';
import { expect, test } from 'vitest';
import { makeJobTree } from '../../test/job-tree.ts';
import { prepareProgram } from './prepare-program.ts';

const job = {
  environment: {},
  resources: { cpuCount: 1, memoryBytes: 2 ** 30, memoryLimited: true, gpuCount: 0, neuronCount: 0 },
  nodeArguments: (processes: number) => [`--for=${processes}`],
  start: '{}',
  writeLine: () => {},
};

test.each([
  [{}, 1],
  [{ sagemaker_mpi_num_of_processes_per_host: '3' }, 3],
])('with %j the memory of each Node process is chosen for %i', async (hyperparameters, count) => {
  const { root } = await makeJobTree({ hyperparameters, code: { 'train.mjs': '' } });

  const prepared = await prepareProgram({ ...job, name: 'train.mjs', paths: resolvePaths(root) });

  await rm(root, { recursive: true });
  expect(prepared.processesPerHost).toBe(count);
  expect(prepared.commands.map((command) => command.arguments[0])).toEqual(
    Array(count).fill(`--for=${count}`),
  );
});

test.each([
  [{}, '1'],
  [{ PYTHONUNBUFFERED: '' }, '1'],
  [{ PYTHONUNBUFFERED: 'x' }, 'x'],
])('of %j a Python program gets PYTHONUNBUFFERED=%s', async (environment, expected) => {
  const { root } = await makeJobTree({ code: { 'train.py': '' } });

  const { commands } = await prepareProgram({
    ...job,
    environment,
    name: 'train.py',
    paths: resolvePaths(root),
  });

  await rm(root, { recursive: true });
  expect(commands[0]?.environment?.PYTHONUNBUFFERED).toBe(expected);
});
