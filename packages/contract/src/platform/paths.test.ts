import { expect, test } from 'vitest';
import { resolveChannelDirectory, resolvePaths, resolvePipe } from './paths.ts';

test('the default root is that of the platform', () => {
  expect(resolvePaths()).toMatchObject({
    root: '/opt/ml',
    inputConfig: '/opt/ml/input/config',
    model: '/opt/ml/model',
    models: '/opt/ml/models',
    failure: '/opt/ml/output/failure',
    checkpoints: '/opt/ml/checkpoints',
  });
});

test('a relative root becomes absolute', () => {
  expect(resolvePaths('tree').model).toBe(`${process.cwd()}/tree/model`);
});

test('a channel has a folder, and one FIFO per epoch', () => {
  const paths = resolvePaths('/root');

  expect(resolveChannelDirectory(paths, 'training')).toBe('/root/input/data/training');
  expect(resolvePipe(paths, { channel: 'training', epoch: 2 })).toBe('/root/input/data/training_2');
});
