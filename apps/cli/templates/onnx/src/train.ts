/** The training job: fits a softmax regression and writes it as an ONNX model. */

import { type Channel, defineTraining, TrainError } from '@optml/train';
import { z } from 'zod';
import { encodeClassifier } from './onnx-file.ts';
import { type Examples, fitSoftmax, measureAccuracy } from './softmax-regression.ts';

export default defineTraining({
  hyperparameters: z.object({
    epochs: z.number().int().min(1).max(100_000).default(500),
    learning_rate: z.number().positive().default(0.5),
  }),
  channels: {
    training: { contentTypes: ['text/csv'] },
    validation: { contentTypes: ['text/csv'], required: false },
  },
  metrics: {
    'training:accuracy': { goal: 'maximize' },
    'validation:accuracy': { goal: 'maximize' },
  },
  async run({ hyperparameters, channels, model, metrics, cluster, signal, log }) {
    const training = await readExamples(channels.training);
    const labels = [...new Set(training.labels)].sort();
    log.info('training data read', { rows: training.rows.length, labels });

    const { epochs, learning_rate: learningRate } = hyperparameters;
    const fitted = fitSoftmax(training, labels, { epochs, learningRate, signal });
    metrics.log({ 'training:accuracy': measureAccuracy(fitted, training) });
    if (channels.validation !== undefined) {
      metrics.log({
        'validation:accuracy': measureAccuracy(fitted, await readExamples(channels.validation)),
      });
    }

    // The files of all hosts arrive in one archive, where theirs would overwrite one another.
    if (!cluster.isLeader) return;
    await model.write('model.onnx', encodeClassifier(fitted));
    await model.write('labels.json', JSON.stringify(labels));
  },
});

/** Reads rows of a label and its features. */
async function readExamples(channel: Channel): Promise<Examples> {
  const rows: number[][] = [];
  const labels: string[] = [];
  for await (const row of channel.csv()) {
    labels.push(row.text(0));
    rows.push(row.numbers(1));
  }
  if (rows.length > 0) return { rows, labels };
  throw new TrainError(
    'DATA_INVALID',
    `channel ${channel.name} has no rows: give a label and its features in each`,
  );
}
