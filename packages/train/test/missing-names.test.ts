/** Stories of programs that were written for a job with other channels or hyperparameters. */

import { expect, test } from 'vitest';
import { train } from './train-story.ts';

const noChannel =
  'the job has no such channel, only SM_CHANNEL_MY_DATA, SM_CHANNEL_TRAINING: read one that it has';
const noHyperparameter = 'the job has no such hyperparameter, only SM_HP_LEARNING_RATE: set it in the job';
const noFolder = 'the job has no channel train, only training, my-data: read one that it has';

async function fail(name: string, text: string) {
  const { result, tree } = await train('happy.ts', {
    hyperparameters: { sagemaker_program: JSON.stringify(name), 'learning-rate': '0.1' },
    inputDataConfig: { training: {}, 'my-data': {} },
    files: { 'training/a.csv': '1\n', 'my-data/a.csv': '1\n' },
    code: {
      [name]: text,
      'helper.py': 'import os\ndef read(path):\n    return open(os.path.join(path, "a"))\n',
    },
  });
  expect(result.exitCode).not.toBe(0);
  return tree.failure();
}

test.each([
  ['train.py', "import os\nos.environ['SM_CHANNEL_TRAIN']", noChannel],
  ['train.py', "import os\nint(os.environ['SM_HP_EPOCHS'])", noHyperparameter],
  [
    'train.py',
    "import os, helper\npath = os.environ.get('SM_CHANNEL_TRAIN')\nhelper.read(path)",
    `train.py reads SM_CHANNEL_TRAIN, which is not set: ${noChannel}`,
  ],
  ['train.py', 'import os\nopen(os.environ["SM_INPUT_DIR"] + "/data/train/a.csv")', noFolder],
  ['train.sh', 'set -u\necho "$SM_CHANNEL_TRAIN"', noChannel],
  ['train.sh', 'sh -uc \'echo "$SM_HP_EPOCHS"\'', noHyperparameter],
  ['train.sh', 'set -e\ncat "$SM_INPUT_DIR/data/train/a.csv"', noFolder],
  [
    'train.mjs',
    "import { readdirSync } from 'node:fs';\nreaddirSync(process.env.SM_CHANNEL_TRAIN)",
    `train.mjs reads SM_CHANNEL_TRAIN, which is not set: ${noChannel}`,
  ],
  ['train.ts', "process.env['SM_HP_EPOCHS']!.trim();", noHyperparameter],
  ['train.mjs', "throw new Error('SM_CHANNEL_TRAIN is not set')", noChannel],
])(
  'a name that the job of %s does not have is answered with those that it has: %s',
  async (name, text, hint) => {
    expect(await fail(name, text)).toContain(hint);
  },
);

test('a definition that reads the variables of programs is told where its channels are', async () => {
  const { tree } = await train('reads-variables.ts');

  expect(await tree.failure()).toContain(
    'a definition gets no SM_* variables: its channels, hyperparameters and folders are arguments of run',
  );
});
