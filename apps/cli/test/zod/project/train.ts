import { defineTraining } from '@optml/train';
import { z } from 'zod';

export default defineTraining({
  hyperparameters: z.object({
    depth: z.number().int().min(1).max(9).default(5).describe('How deep'),
    rate: z.coerce.number().optional(),
    names: z.array(z.string()).default([]),
    kind: z.enum(['gini', 'entropy']).default('gini'),
  }),
  channels: { training: { contentTypes: ['text/csv'] } },
  metrics: { 'validation:accuracy': { goal: 'maximize' } },
  async run({ hyperparameters, channels, model, metrics }) {
    const depth: number = hyperparameters.depth;
    const rate: number | undefined = hyperparameters.rate;
    const kind: 'gini' | 'entropy' = hyperparameters.kind;
    let rows = 0;
    for await (const _ of channels.training.csv()) rows += 1;
    metrics.log({ 'validation:accuracy': 0.97 });
    await model.write(
      'model.json',
      JSON.stringify({ bias: depth, rate, kind, rows, names: hyperparameters.names }),
    );
  },
});
