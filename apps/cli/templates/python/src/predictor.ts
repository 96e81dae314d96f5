/** The predictor: reads what src/train.py wrote, and answers the label of the nearest centroid. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePredictor, ServeError } from '@optml/serve/predictor';
import { z } from 'zod';

const modelSchema = z.record(z.string(), z.array(z.number()));

export default definePredictor({
  input: z.array(z.array(z.number())),
  output: z.array(z.string()),
  async load({ modelDirectory }) {
    const text = await readFile(join(modelDirectory, 'model.json'), 'utf8');
    return Object.entries(modelSchema.parse(JSON.parse(text)));
  },
  sample: ([first]) => [first?.[1] ?? []],
  predict(rows, { model }) {
    const columns = model[0]?.[1].length;
    return rows.map((row, index) => {
      if (row.length === columns) return findNearest(model, row);
      const message = `instances[${index}] has ${row.length} numbers: expected ${columns}`;
      throw new ServeError('INPUT_INVALID', message, { record: index });
    });
  },
});

function findNearest(
  centroids: readonly (readonly [string, readonly number[]])[],
  row: readonly number[],
): string {
  const distances = centroids.map(([label, center]) => ({
    label,
    distance: center.reduce((sum, value, column) => sum + (value - (row[column] ?? 0)) ** 2, 0),
  }));
  return distances.sort((a, b) => a.distance - b.distance)[0]?.label ?? '';
}
