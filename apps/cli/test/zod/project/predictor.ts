import { readFile } from 'node:fs/promises';
import { definePredictor } from '@optml/serve';
import { z } from 'zod';

const Row = z.union([z.array(z.number()), z.object({ x: z.number(), label: z.string().optional() })]);

export default definePredictor({
  input: z.array(Row).transform((rows) => rows.map((row) => (Array.isArray(row) ? row : [row.x]))),
  output: z.array(z.object({ sum: z.number() })),
  sample: () => [[1, 2]],
  async load({ modelDirectory }) {
    return JSON.parse(await readFile(`${modelDirectory}/model.json`, 'utf8')) as { bias: number };
  },
  predict: (instances, { model }) =>
    instances.map((row) => ({ sum: row.reduce((sum, x) => sum + x, model.bias) })),
});

definePredictor({
  input: z.array(z.number()),
  output: z.array(z.string()),
  load: () => undefined,
  // @ts-expect-error: numbers are no text, with this zod too.
  predict: (instances) => instances,
});
