/** The predictor: edit this file to serve your own model. */

import { definePredictor, ServeError } from '@optml/serve/predictor';
import { z } from 'zod';
import { predictLabel } from './decision-tree.ts';
import { readModel } from './model-file.ts';

export default definePredictor({
  input: z.array(z.array(z.number())),
  output: z.array(z.string()),
  load: ({ modelDirectory }) => readModel(modelDirectory),
  sample: ({ featureCount }) => [Array.from({ length: featureCount }, () => 0)],
  predict(instances, { model: { tree, featureCount } }) {
    return instances.map((row, index) => {
      if (row.length === featureCount) return predictLabel(tree, row);
      const message = `instances[${index}] has ${row.length} numbers: expected ${featureCount}`;
      throw new ServeError('INPUT_INVALID', message, { record: index });
    });
  },
});
