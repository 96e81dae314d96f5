/** An author's training with epochs: a stop finds it in the middle of one, and it can be resumed there. */

import { setTimeout } from 'node:timers/promises';
import { defineTraining } from '@optml/train';
import { z } from 'zod';

const rowsPerEpoch = 1_000;
const stateSchema = z.object({ epoch: z.number(), row: z.number() });

export default defineTraining({
  hyperparameters: z.object({ epochs: z.number().int() }),
  channels: {},
  async run({ hyperparameters, checkpoints, signal, onStop, model, log }) {
    const latest = await checkpoints.latest();
    const state = stateSchema.parse(latest ? JSON.parse(String(await latest.read())) : { epoch: 0, row: 0 });
    log.info('begins', state);
    onStop(async () => {
      await checkpoints.save(state.epoch * rowsPerEpoch + state.row, JSON.stringify(state));
    });
    for (; state.epoch < hyperparameters.epochs; state.epoch += 1, state.row = 0) {
      for (; state.row < rowsPerEpoch; state.row += 1) {
        if (state.row === 500) log.info('is in the middle of an epoch', state);
        await setTimeout(2, undefined, { signal });
      }
    }
    await model.write('done.json', JSON.stringify(state));
  },
});
