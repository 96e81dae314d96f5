/** An author's predictor that takes its time, so that a stop finds requests in it. */

import { setTimeout } from 'node:timers/promises';
import { definePredictor } from '@optml/serve/predictor';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.array(z.number())),
  output: z.array(z.number()),
  load: () => ({}),
  async predict(instances) {
    await setTimeout(50);
    return instances.map((row) => row.length);
  },
});
