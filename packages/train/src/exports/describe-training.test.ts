import { expect, test } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { defineTraining } from '../definition/define-training.ts';
import { parseHyperparameters } from '../hyperparameters/parse-hyperparameters.ts';
import { describeDefinition } from './describe-definition.ts';
import { describeTraining } from './describe-training.ts';

const fixture = (name: string) => new URL(`../../test/fixtures/${name}`, import.meta.url);

test('a definition and its options are described', async () => {
  const definition = defineTraining({ hyperparameters: z.object({}), channels: { a: {} }, run() {} });
  const options = { trainingImage: 'IMAGE' };

  const description = await describeTraining(definition, options);

  expect(description).toEqual(describeDefinition(definition, options));
});

test('hyperparameters of zod/mini are described and read', async () => {
  const hyperparameters = mini.object({ depth: mini._default(mini.number().check(mini.minimum(1)), 5) });
  const definition = defineTraining({ hyperparameters, channels: { a: {} }, run() {} });

  const description = await describeTraining(definition);

  expect(description.hyperparameters.properties).toEqual({
    depth: { type: 'number', minimum: 1, default: 5 },
  });
  expect(parseHyperparameters(hyperparameters, { depth: '7' })).toEqual({ ok: true, values: { depth: 7 } });
  expect(parseHyperparameters(hyperparameters, { deep: '7' })).toMatchObject({ ok: false });
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
