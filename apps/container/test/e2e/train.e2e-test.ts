/** `docker run IMAGE train`, as the platform runs it: no network, a tree in mounts, a signal, a limit of memory. */

import { chmod, chown, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runContainer, startContainer, surroundings } from './containers.ts';
import { makeJobTree, resourceConfigs } from './job-tree.ts';

const isolated = ['--network', 'none'];
/** The author's own training in place of the reference's. */
const withAuthor = (name: string) => ['--volume', `${surroundings.authors}/${name}.js:/app/dist/train.js:ro`];

test.each(Object.entries(resourceConfigs))(
  'a job with a resource config %s trains',
  async (_, resourceConfig) => {
    const tree = await makeJobTree({ resourceConfig });

    const { exitCode, output } = await runContainer([...isolated, ...tree.mounts], ['train']);

    expect(exitCode, output).toBe(0);
    expect(Number(/^\[metric\] validation:accuracy=(\S+)$/m.exec(output)?.[1])).toBeGreaterThanOrEqual(0.9);
    expect(JSON.parse(await tree.read('model/model.json'))).toMatchObject({ version: 1 });
    expect(await readdir(join(tree.root, 'output'))).toEqual(['data']);
  },
);

test.each([
  ['by name', ['--entrypoint', 'train'], []],
  ['with arguments of its own', ['--env', 'TRAINING_JOB_NAME=job'], ['--verbose']],
])('a job that overrides the start %s trains', async (_, options, argv) => {
  const tree = await makeJobTree();

  const { exitCode, output } = await runContainer([...isolated, ...tree.mounts, ...options], argv);

  expect(exitCode, output).toBe(0);
  expect(await tree.read('model/model.json')).toContain('optml-decision-tree');
});

test('wrong hyperparameters fail the job with all that is wrong in the failure file', async () => {
  const tree = await makeJobTree({ hyperparameters: { max_depth: '0', min_sample_split: '2' } });

  const { exitCode, output } = await runContainer([...isolated, ...tree.mounts], ['train']);

  const failure = await tree.read('output/failure');
  expect(exitCode).toBe(1);
  expect(failure).toMatch(/^UserError/);
  expect(failure).toContain('hyperparameter max_depth is "0": expected number to be >=1');
  expect(failure).toContain('hyperparameter min_sample_split is unknown: did you mean min_samples_split?');
  expect(failure.length).toBeLessThanOrEqual(1_024);
  expect(output).not.toMatch(/^\s+at /m);
});

test('a channel without files fails the job with its name in the failure file', async () => {
  const tree = await makeJobTree();
  await rm(join(tree.root, 'input/data/training/iris.csv'));

  const { exitCode } = await runContainer([...isolated, ...tree.mounts], ['train']);

  expect(exitCode).toBe(1);
  expect(await tree.read('output/failure')).toContain('channel training');
});

test('a job that is stopped in the middle of an epoch saves a checkpoint and ends well, and goes on from it', async () => {
  const tree = await makeJobTree({ hyperparameters: { epochs: '2' } });
  const options = [...isolated, ...tree.mounts, ...withAuthor('epochs')];
  const first = await startContainer(options, ['train']);
  await first.waitForLine(/is in the middle of an epoch/);

  const stopped = await first.stop(120);
  const resumed = await startContainer(options, ['train']);
  const [, epoch, row] = await resumed.waitForLine(/begins epoch=(\d+) row=(\d+)/);
  const ended = await resumed.end();

  // 137 would be the kill at the end of the platform's 120 s.
  expect(stopped.exitCode, stopped.output).toBe(0);
  expect(await readdir(join(tree.root, 'checkpoints'))).toHaveLength(1);
  expect(Number(epoch) * 1_000 + Number(row)).toBeGreaterThanOrEqual(500);
  expect(ended.exitCode, ended.output).toBe(0);
  expect(await tree.read('model/done.json')).toBe('{"epoch":2,"row":0}');
});

test('a job that takes more memory than it has says so in its failure file', async () => {
  const tree = await makeJobTree({ hyperparameters: {} });
  const limits = ['--memory', '300m', '--memory-swap', '300m'];

  const { exitCode, output } = await runContainer(
    [...isolated, ...tree.mounts, ...limits, ...withAuthor('greedy')],
    ['train'],
  );

  expect(exitCode, output).toBe(137);
  expect(await tree.read('output/failure')).toMatch(/^OutOfMemory: .*300 MiB/s);
});

test('the heap follows the limit of the container', async () => {
  const tree = await makeJobTree();
  const options = ['--memory', '1g', '--memory-swap', '1g', '--env', 'OPTML_LOG_ENVIRONMENT=true'];

  const { exitCode, output } = await runContainer([...isolated, ...tree.mounts, ...options], ['train']);

  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/1 GiB|1073741824/);
});

test('a root file system that cannot be written is enough', async () => {
  const tree = await makeJobTree();

  const { exitCode, output } = await runContainer([...isolated, ...tree.mounts, '--read-only'], ['train']);

  expect(exitCode, output).toBe(0);
  expect(output).not.toMatch(/WARN|ERROR/);
});

test('a user without rights trains where the folders are his', async () => {
  const tree = await makeJobTree();
  for (const folder of ['model', 'output', 'output/data', 'checkpoints'])
    await chown(join(tree.root, folder), 1000, 1000);

  const { exitCode, output } = await runContainer(
    [...isolated, ...tree.mounts, '--user', '1000:1000'],
    ['train'],
  );

  expect(exitCode, output).toBe(0);
});

test('a user without rights is told what he may not write, and what to do', async () => {
  const tree = await makeJobTree();
  await chmod(join(tree.root, 'model'), 0o755);

  const { exitCode, output } = await runContainer(
    [...isolated, ...tree.mounts, '--user', '1000:1000'],
    ['train'],
  );

  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/\/opt\/ml\/model.*root/s);
});
