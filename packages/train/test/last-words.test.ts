/** Stories of jobs that fail without a word on standard error. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { train } from './train-story.ts';

const trainWith = (program: string, text: string) =>
  train('happy.ts', {
    hyperparameters: { sagemaker_program: JSON.stringify(program) },
    code: { [program]: text },
  });

test.each([
  ['t.sh', 'echo epoch 1; echo "no rows in train.csv"; exit 3', 3],
  ['t.sh', 'echo >&2; echo "no rows in train.csv"; exit 3', 3],
  ['t.sh', 'echo "no rows in train.csv" > /dev/stdout; exit 3', 3],
  ['t.py', 'import sys\nprint("no rows in train.csv")\nsys.exit(1)', 1],
  ['t.mjs', 'console.log("no rows in train.csv"); process.exit(2)', 2],
  ['train', '#!/bin/sh\nprintf "no rows in train.csv"; kill -KILL $$', 137],
])('the last lines of standard output are the reason of %s: %j', async (program, text, exitCode) => {
  const { tree, result } = await trainWith(program, text);

  expect(result).toMatchObject({ exitCode });
  expect(await tree.failure()).toMatch(/\nlast lines:\n(?:.*\n)?no rows in train\.csv$/);
});

test('a definition has last words, too', async () => {
  const { tree } = await train('misbehaves.ts', { hyperparameters: { how: 'exits-with-output' } });

  expect(await tree.failure()).toMatch(
    /^AlgorithmError: .* ended with exit code 42\nlast lines:\n(?:.*\n)*the moon is made of cheese$/,
  );
});

test.each([
  [
    'exec 2>&1; python3 -c "import absent_module"',
    'MODULE_MISSING',
    'Python module absent_module is missing',
  ],
  ['exec 2>&1; echo x > /dev/full', 'DISK_FULL', 'the disk is full'],
  [
    'python3 -c "raise ValueError(\'no label\')" 2>&1 | cat; exit 1',
    'TRAINING_FAILED',
    'AlgorithmError: ValueError: no label',
  ],
])('an error that was sent to standard output is explained as any other: %s', async (text, code, cause) => {
  const { tree, result } = await trainWith('t.sh', text);

  expect(result).toMatchObject({ code });
  expect(await tree.failure()).toContain(cause);
});

test('a job that fills the disk keeps the place of its reason', async () => {
  const { tree, stdout } = await trainWith(
    't.sh',
    'cd "$SAGEMAKER_BASE_DIR/output"; ls -i .failure-reserve; ls failure; exit 3',
  );

  const { ino } = await stat(join(tree.root, 'output/failure'));
  expect(stdout).toBe(`${ino} .failure-reserve\n`);
  expect(await tree.failure()).toContain('ended with exit code 3');
});

test('what was written to standard error comes first, alone', async () => {
  const { tree } = await trainWith('t.sh', 'echo epoch 1; echo "no rows" >&2; exit 3');

  expect(await tree.failure()).toMatch(/ended with exit code 3\nlast lines:\nno rows$/);
});
