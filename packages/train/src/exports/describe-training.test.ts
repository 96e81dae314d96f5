import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineTraining } from '../definition/define-training.ts';
import { describeDefinition } from './describe-definition.ts';
import { describeTraining } from './describe-training.ts';

const fixture = (name: string) => new URL(`../../test/fixtures/${name}`, import.meta.url);

test('a definition and its options are described', async () => {
  const definition = defineTraining({ hyperparameters: z.object({}), channels: { a: {} }, run() {} });
  const options = { trainingImage: 'IMAGE' };

  const description = await describeTraining(definition, options);

  expect(description).toEqual(describeDefinition(definition, options));
});

test('a module is imported and what it exports is described', async () => {
  const { trainingJob } = await describeTraining(fixture('happy.ts'));

  expect(trainingJob.InputDataConfig).toMatchObject([{ ChannelName: 'training' }, {}]);
});

test.each([
  ['imports nothing that exists', 'imports-nothing.ts', 'TRAINING_IMPORT_FAILED'],
  ['exports no definition', 'not-a-definition.ts', 'TRAINING_INVALID'],
])('a module that %s is refused', async (_how, name, code) => {
  await expect(describeTraining(fixture(name))).rejects.toMatchObject({ code });
});
