/** A predictor that takes next to no time of its own: the sum of each row. */

import { z } from 'zod';

export default {
  [Symbol.for('@optml/definition')]: 'predictor',
  input: z.array(z.array(z.number())),
  output: z.array(z.number()),
  load: () => undefined,
  predict: (rows: readonly (readonly number[])[]) =>
    rows.map((row) => row.reduce((sum, value) => sum + value, 0)),
};
