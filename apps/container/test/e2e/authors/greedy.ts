/** An author's training that wants more memory than any container has, outside of the JavaScript heap. */

import { defineTraining } from '@optml/train';
import { z } from 'zod';

export default defineTraining({
  hyperparameters: z.object({}),
  channels: {},
  async run({ log }) {
    const blocks: Buffer[] = [];
    log.info('takes memory');
    for (;;) {
      blocks.push(Buffer.alloc(16 * 1024 ** 2, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
});
