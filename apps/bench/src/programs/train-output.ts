/** A definition that writes 100 MB to the stream that the environment names. */

import process from 'node:process';
import { defineTraining } from '@optml/train';
import { z } from 'zod';
import { writeOutput } from '../write-output.ts';

export default defineTraining({
  hyperparameters: z.object({}),
  channels: {},
  run: () => writeOutput(process.env.BENCH_STREAM, process.env.BENCH_WRITES),
});
