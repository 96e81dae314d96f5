/** The training job: edit this file to train your own model. */

import { type Channel, defineTraining, TrainError } from '@optml/train';
import { z } from 'zod';
import { growTree, type LabelledRows, predictLabel, type TreeNode } from './decision-tree.ts';
import { createModel, modelFileName } from './model-file.ts';

export default defineTraining({
  hyperparameters: z.object({
    max_depth: z.number().int().min(1).max(64).default(5),
    min_samples_split: z.number().int().min(2).default(2),
  }),
  channels: {
    training: { contentTypes: ['text/csv'] },
    validation: { contentTypes: ['text/csv'], required: false },
  },
  metrics: {
    'training:accuracy': { goal: 'maximize' },
    'validation:accuracy': { goal: 'maximize' },
  },
  async run({ hyperparameters, channels, model, metrics, cluster, log }) {
    const training = await readRows(channels.training);
    log.info('training data read', { rows: training.labels.length, classes: [...new Set(training.labels)] });

    const tree = growTree(training, {
      maxDepth: hyperparameters.max_depth,
      minSamplesSplit: hyperparameters.min_samples_split,
    });
    metrics.log({ 'training:accuracy': measureAccuracy(tree, training) });

    if (channels.validation !== undefined) {
      const validation = await readRows(channels.validation, training.features[0]?.length);
      metrics.log({ 'validation:accuracy': measureAccuracy(tree, validation) });
    }

    // The files of all hosts arrive in one archive, where theirs would overwrite one another.
    if (!cluster.isLeader) return;
    const featureCount = training.features[0]?.length as number;
    await model.write(modelFileName, JSON.stringify(createModel(tree, featureCount)));
    log.info('model written', { file: modelFileName });
  },
});

/** Reads rows of a label and its features; all rows of a job are of one width. */
async function readRows(channel: Channel, expectedFeatures?: number): Promise<LabelledRows> {
  const features: number[][] = [];
  const labels: string[] = [];
  for await (const row of channel.csv()) {
    const width = expectedFeatures ?? features[0]?.length ?? row.cells.length - 1;
    if (width < 1 || row.cells.length !== width + 1) {
      throw new TrainError(
        'DATA_INVALID',
        `${row.file}: line ${row.line} has ${row.cells.length} columns: expected a label and ${Math.max(width, 1)} features`,
      );
    }
    labels.push(row.text(0));
    features.push(row.numbers(1));
  }
  if (labels.length === 0)
    throw new TrainError(
      'DATA_INVALID',
      `channel ${channel.name} has no rows: expected a label and its features in each`,
    );
  return { features, labels };
}

function measureAccuracy(tree: TreeNode, { features, labels }: LabelledRows): number {
  const hits = features.filter((row, index) => predictLabel(tree, row) === labels[index]).length;
  return hits / labels.length;
}
