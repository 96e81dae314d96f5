/**
 * Predicts with a native addon, onnxruntime-node: `["run", TRIPS]` takes about a millisecond a trip, all of it on the
 * worker's own thread, and nothing but a signal ends it. The model directory is what `install-native.sh` makes.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { definePredictor } from '@optml/serve/predictor';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.string()),
  output: z.array(z.number()),
  async load({ modelDirectory }) {
    return { modelDirectory, ...(await loadLoop(modelDirectory)) };
  },
  async predict([command, trips = '0'], { model: { modelDirectory, run } }) {
    if (command === 'segfault') process.dlopen({ exports: {} }, join(modelDirectory, 'crash.node'));
    if (command === 'abort') await endThreadsInRuns(modelDirectory);
    if (command === 'log') console.log('running');
    return [await run(Number(trips))];
  },
});

async function loadLoop(modelDirectory: string) {
  const { InferenceSession, Tensor } = createRequire(join(modelDirectory, 'package.json'))(
    'onnxruntime-node',
  );
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await InferenceSession.create(join(modelDirectory, 'loop.onnx'), options);
  return {
    async run(trips: number): Promise<number> {
      const inputs = { trips: new Tensor('int64', BigInt64Array.of(BigInt(trips)), []) };
      return (await session.run(inputs, ['trip_count'])).trip_count.data[0];
    },
  };
}

const threadProgram = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { InferenceSession, Tensor } = require('node:module').createRequire(workerData + '/package.json')('onnxruntime-node');
  InferenceSession.create(workerData + '/loop.onnx').then(async (session) => {
    parentPort.postMessage('loaded');
    for (;;) await session.run({ trips: new Tensor('int64', [20n], []) });
  });
`;

/** The addon throws in C++ when its call returns to a thread that is gone; a thread may end between two calls. */
async function endThreadsInRuns(workerData: string): Promise<never> {
  for (;;) {
    const thread = new Worker(threadProgram, { eval: true, workerData });
    await new Promise((resolve) => thread.once('message', resolve));
    await thread.terminate();
  }
}
