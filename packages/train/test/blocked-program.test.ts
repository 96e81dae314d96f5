/** A program that exports a definition is watched as the image's own definition is. */

import { expect, test } from 'vitest';
import { linkPackages } from './link-packages.ts';
import { train } from './train-story.ts';

const definition = `import { defineTraining } from '@optml/train';
import { z } from 'zod';
export default defineTraining({
  hyperparameters: z.object({}),
  channels: {},
  async run() {
    process.send('a word of its own');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  },
});`;

test('the blocked event loop of a definition that a job names is named in the log', async () => {
  const { result, stderr } = await train('happy.ts', {
    hyperparameters: { sagemaker_program: 'train.ts' },
    code: { 'train.ts': definition },
    stopAtError: 'is blocked',
    stopTimeoutMs: 100,
    blockedAfterMs: 500,
    prepare: linkPackages,
  });

  expect(stderr).toContain('WARN  the event loop of the training process is blocked');
  expect(result).toMatchObject({ exitCode: 137, code: 'TRAINING_STOP_TIMEOUT' });
});
