import { expect, test } from 'vitest';
import { z } from 'zod';
import { createHyperparameterSchema } from './hyperparameter-schema.ts';
import { listHyperparameters } from './list-hyperparameters.ts';
import { listParameterRanges } from './parameter-ranges.ts';

test('what can be tuned stands in the list of its kind, in the order of the schema', () => {
  const schema = z.object({
    batch: z.enum(['16', '32']),
    rate: z
      .number()
      .min(0.001)
      .max(1)
      .meta({ tuning: { scaling: 'Logarithmic' } }),
    depth: z.int().min(1).max(9),
    seed: z.int().min(0).max(9).meta({ tuning: false }),
    name: z.string(),
    early: z.boolean().default(false),
  });

  const ranges = listParameterRanges(listHyperparameters(schema, createHyperparameterSchema(schema)));

  expect(ranges).toEqual({
    IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '9', ScalingType: 'Auto' }],
    ContinuousParameterRanges: [
      { Name: 'rate', MinValue: '0.001', MaxValue: '1', ScalingType: 'Logarithmic' },
    ],
    CategoricalParameterRanges: [
      { Name: 'batch', Values: ['16', '32'] },
      { Name: 'early', Values: ['true', 'false'] },
    ],
  });
});
