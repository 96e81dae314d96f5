/** A definition that says when its module and when its `run` have begun. */

import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { defineTraining } from '@optml/train';
import { z } from 'zod';

const moduleAt = process.hrtime.bigint();

export default defineTraining({
  hyperparameters: z.object({ rate: z.number().default(0.1) }),
  channels: {},
  run() {
    const runAt = process.hrtime.bigint();
    const marks = { moduleMs: Number(moduleAt) / 1e6, runMs: Number(runAt) / 1e6 };
    writeFileSync(process.env.BENCH_MARK_FILE ?? '', JSON.stringify(marks));
  },
});
