/** What the supervisor says of a program that cannot say it itself. */

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linkPackages } from './link-packages.ts';
import { train } from './train-story.ts';

const happy = readFileSync(new URL('./fixtures/happy.ts', import.meta.url), 'utf8');

test.each([
  ['train.sh', 'echo ran'],
  ['train.mjs', 'console.log("ran")'],
  ['train.ts', happy],
])('the log of %s begins with the report and the warnings, once', async (program, code) => {
  const { result, stdout, stderr } = await train('misbehaves.ts', {
    hyperparameters: { sagemaker_program: program, rate: '1' },
    inputDataConfig: { training: {} },
    files: { 'training/a.csv': 'x,1\n' },
    code: { [program]: code },
    variables: { OPTML_LOG_ENVIRONMENT: 'true', DB_PASSWORD: 'hunter2hunter2', PLAIN: 'visible' },
    prepare: async (root) => {
      await linkPackages(root);
      const config = join(root, 'input/config');
      await writeFile(join(config, 'trainingjobconfig.json'), '{"EnableManagedSpotTraining":true}');
      await writeFile(join(config, 'profilerconfig.json'), '[');
    },
  });

  expect(result).toEqual({ exitCode: 0 });
  const log = stdout + stderr;
  for (const text of ['PLAIN=visible', 'profilerconfig.json is not JSON', 'spot training without']) {
    expect(log.split(text)).toHaveLength(2);
  }
  expect(log).not.toContain('hunter2');
});

test('the level and the format of the log hold for it', async () => {
  const { stderr } = await train('happy.ts', {
    hyperparameters: { sagemaker_program: 'train.sh', sagemaker_container_log_level: '30' },
    code: { 'train.sh': 'echo ran' },
    variables: { OPTML_LOG_ENVIRONMENT: 'true', OPTML_LOG_FORMAT: 'json' },
    prepare: (root) => writeFile(join(root, 'input/config/profilerconfig.json'), '['),
  });

  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { level: 'warn', message: expect.stringContaining('profilerconfig.json is not JSON') },
    { level: 'warn', message: expect.stringContaining('training succeeded but left no model: ') },
  ]);
});

test('the secrets of a process that is left behind are kept out', async () => {
  const { stderr } = await train('happy.ts', {
    hyperparameters: { sagemaker_program: 'train.sh', api_key: 'hunter2hunter2' },
    // Ends once the other is no longer a copy of itself.
    code: {
      'train.sh':
        'bash -c "sleep 600; :" left "$@" &\nuntil grep -q left /proc/$!/cmdline; do sleep 0.01; done',
    },
  });

  expect(stderr).toMatch(/a process was left behind and killed .*left --api_key \*\*\*/);
  expect(stderr).not.toContain('hunter2');
});
