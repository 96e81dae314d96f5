/** The predictor: a function. It has no model to load: the work is done here. */

import { definePredictor } from '@optml/serve/predictor';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.object({ weight_kg: z.number().positive(), height_m: z.number().positive() })),
  output: z.array(z.object({ bmi: z.number() })),
  load: () => undefined,
  sample: () => [{ weight_kg: 70, height_m: 1.75 }],
  predict: (people) => people.map(({ weight_kg, height_m }) => ({ bmi: weight_kg / height_m ** 2 })),
});
