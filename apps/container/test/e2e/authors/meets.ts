/** An author's training that begins on all hosts or on none. */

import { defineTraining } from '@optml/train';
import { z } from 'zod';

export default defineTraining({
  hyperparameters: z.object({}),
  channels: {},
  async run({ cluster, model, log }) {
    await cluster.waitForPeers();
    const word = await cluster.broadcast('word', `from ${cluster.currentHost}`);
    log.info('all hosts are here', { word });
    await cluster.onLeader(() => model.write('word.json', JSON.stringify(word)));
    await cluster.barrier('end');
  },
});
