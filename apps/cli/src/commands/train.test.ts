import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixture, makeFolder, runOptml, startOptml } from '../../test/run-optml.ts';

/** A folder with data in it, to run in. */
async function makeProject(): Promise<string> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'data/part'), { recursive: true });
  await writeFile(join(folder, 'data/a.csv'), 'a');
  await writeFile(join(folder, 'data/part/b.csv'), 'b');
  await writeFile(join(folder, 'validation.csv'), 'v');
  return folder;
}

/** What the fixture container found in its tree. */
async function readGiven(root: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(root, 'model/given.json'), 'utf8'));
}

test('the container finds the tree that the platform would have made', async () => {
  const folder = await makeProject();

  const { code } = await runOptml(
    [
      'train',
      ...['--input', 'training=data', '--input', 'validation=validation.csv'],
      ...['--hyperparameter', 'max_depth=3', '--hyperparameter', 'name=a=b'],
      ...fixture('container'),
    ],
    { workingDirectory: folder, environment: { PASSED_ON: 'yes' } },
  );

  const channel = {
    TrainingInputMode: 'File',
    S3DistributionType: 'FullyReplicated',
    RecordWrapperType: 'None',
  };
  expect(code).toBe(0);
  expect(await readGiven(join(folder, '.optml/ml'))).toEqual({
    jobName: expect.stringMatching(/^optml-local(-\d+)+$/),
    workingDirectory: folder,
    passedOn: 'yes',
    hyperparameters: { max_depth: '3', name: 'a=b' },
    inputDataConfig: { training: channel, validation: channel },
    resourceConfig: {
      current_host: 'algo-1',
      current_instance_type: 'local',
      current_group_name: 'homogeneousCluster',
      hosts: ['algo-1'],
      instance_groups: [
        { instance_group_name: 'homogeneousCluster', instance_type: 'local', hosts: ['algo-1'] },
      ],
      network_interface_name: 'eth0',
      topology: null,
    },
    inputFiles: [
      'training',
      'training/a.csv',
      'training/part',
      'training/part/b.csv',
      'validation',
      'validation/validation.csv',
    ],
  });
  const output = await readdir(join(folder, '.optml/ml'), { recursive: true });
  expect(output).toEqual(expect.arrayContaining(['output/data', 'output/metrics/sagemaker', 'checkpoints']));
});

test('the model and the last value of each metric are the result; logs and prose go to stderr', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, out, err } = await runOptml(['train', '--root', root, ...fixture('container')]);

  expect(code).toBe(0);
  expect(out).toBe(`model  ${root}/model\nmetric validation:accuracy 0.9667\nmetric training:loss 0.001\n`);
  expect(err).toContain(`optml: root ${root}\n`);
  expect(err).toContain('[metric] validation:accuracy=0.5 step=1\nepoch 1 of 1\r\n');
  expect(err).toContain('a warning\n');
});

test('--json prints one object and nothing else on stdout', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, out } = await runOptml(['train', '--root', root, '--json', ...fixture('container')]);

  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    ok: true,
    data: {
      root,
      modelDirectory: join(root, 'model'),
      exitCode: 0,
      durationMs: expect.any(Number),
      metrics: { 'validation:accuracy': 0.9667, 'training:loss': 0.001 },
      files: ['given.json'],
    },
  });
});

test('a failed training exits 1 with the text of the failure file', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, out, err } = await runOptml([
    'train',
    '--root',
    root,
    ...fixture('fails', '3', 'no rows\nat all\n'),
  ]);

  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/about to fail\noptml: training failed \(exit code 3\): no rows\nat all\n$/);
});

test('a failed training with --json is an error object with the exit code', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, out } = await runOptml([
    'train',
    '--root',
    root,
    '--json',
    ...fixture('fails', '3', 'no rows'),
  ]);

  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    ok: false,
    error: {
      code: 'TRAINING_FAILED',
      message: 'training failed (exit code 3): no rows',
      hint: 'fix what it names, and train again',
      exitCode: 3,
    },
  });
});

test('a failure without a reason says where it was looked for', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, err } = await runOptml(['train', '--root', root, ...fixture('fails', '4')]);

  expect(code).toBe(1);
  expect(err).toContain(
    `optml: training failed (exit code 4): the container wrote no reason to ${root}/output/failure: see its log\n`,
  );
});

test('a stop lets the training save and exits 1', async () => {
  const root = join(await makeFolder(), 'ml');
  const running = startOptml(['train', '--root', root, ...fixture('waits')]);
  await running.waitFor('waiting\n');

  running.stop();

  const { code, err } = await running.outcome;
  expect(code).toBe(1);
  expect(err).toMatch(
    /got SIGTERM\noptml: training was stopped \(exit code 0\): what it saved is in .*\/model\n$/,
  );
  expect(await readFile(join(root, 'model/partial'), 'utf8')).toBe('saved');
});

test('a second signal ends a training that does not mind the first', async () => {
  const root = join(await makeFolder(), 'ml');
  const running = startOptml(['train', '--root', root, ...fixture('waits', 'stubborn')]);
  await running.waitFor('waiting\n');
  running.stop();
  await running.waitFor('got SIGTERM\n');

  running.kill();

  const { code, err } = await running.outcome;
  expect(code).toBe(1);
  expect(err).toContain('optml: training was stopped (it did not end in time and was killed)');
});

test('a channel given again replaces the old copy, and leaves its source alone', async () => {
  const folder = await makeProject();
  const root = join(folder, 'ml');
  await runOptml(['train', '--root', root, '--input', `training=${folder}/data`, ...fixture('container')]);

  await runOptml([
    'train',
    '--root',
    root,
    '--input',
    `training=${folder}/validation.csv`,
    ...fixture('container'),
  ]);

  expect(await readdir(join(root, 'input/data/training'))).toEqual(['validation.csv']);
  expect(await readdir(join(folder, 'data'))).toEqual(['a.csv', 'part']);
});

test('a folder that is not a SageMaker tree is refused and left as it was', async () => {
  const folder = await makeProject();
  await mkdir(join(folder, 'model'));
  await writeFile(join(folder, 'model/mine'), '');
  const before = await readdir(folder, { recursive: true });

  const { code, err } = await runOptml(['train', '--root', folder, ...fixture('container')]);

  expect(code).toBe(2);
  expect(err).toMatch(
    /^optml: --root .* is not empty and has neither input\/config nor input\/data, so it is not a SageMaker tree: give a new or an empty folder/,
  );
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});

test('a root that is a file is refused', async () => {
  const folder = await makeProject();

  const { code, err } = await runOptml([
    'train',
    '--root',
    join(folder, 'validation.csv'),
    ...fixture('container'),
  ]);

  expect(code).toBe(2);
  expect(err).toContain('validation.csv is not a folder: give a new or an empty one\n');
});

test('an input that does not exist is refused before anything is written', async () => {
  const folder = await makeFolder();

  const { code, err } = await runOptml(['train', '--input', 'training=nowhere', ...fixture('container')], {
    workingDirectory: folder,
  });

  expect(code).toBe(2);
  expect(err).toBe(
    `optml: --input "training=nowhere": ${folder}/nowhere does not exist: give a file or a folder\n`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test('an input inside the root, or around it, is refused: it would be deleted or never end', async () => {
  const folder = await makeProject();
  const train = (...words: string[]) =>
    runOptml(['train', ...words, ...fixture('container')], { workingDirectory: folder });
  await train('--input', 'training=data');
  await symlink(join(folder, '.optml/ml/input/data/training'), join(folder, 'link'));

  const [inside, linked, around] = [
    await train('--input', 'training=.optml/ml/input/data/training'),
    await train('--input', 'training=link'),
    await train('--input', 'training=.'),
  ];

  expect(inside).toMatchObject({ code: 2, err: expect.stringContaining('is inside the root') });
  expect(linked).toMatchObject({ code: 2, err: expect.stringContaining('is inside the root') });
  expect(around).toMatchObject({ code: 2, err: expect.stringContaining('holds the root') });
  expect(await readdir(join(folder, '.optml/ml/input/data/training'))).toEqual(['a.csv', 'part']);
});

test('an input that shares a linked data folder is refused', async () => {
  const folder = await makeProject();
  const root = join(folder, 'ml');
  await mkdir(join(root, 'input/config'), { recursive: true });
  await symlink(join(folder, 'data'), join(root, 'input/data'));

  const { code, err } = await runOptml([
    'train',
    '--root',
    root,
    '--input',
    `part=${folder}/data/part`,
    ...fixture('container'),
  ]);

  expect(code).toBe(2);
  expect(err).toContain('is inside the root');
  expect(await readdir(join(folder, 'data/part'))).toEqual(['b.csv']);
});

test('links in a channel become the files they point at', async () => {
  const folder = await makeProject();
  await symlink('../validation.csv', join(folder, 'data/link.csv'));

  await runOptml(['train', '--input', 'training=data', ...fixture('container')], {
    workingDirectory: folder,
  });

  const copied = join(folder, '.optml/ml/input/data/training/link.csv');
  expect((await lstat(copied)).isFile()).toBe(true);
  expect(await readFile(copied, 'utf8')).toBe('v');
});

test('more than 100 hyperparameters are refused', async () => {
  const folder = await makeFolder();
  const words = Array.from({ length: 101 }, (_, index) => ['--hyperparameter', `p${index}=1`]).flat();

  const { code, err } = await runOptml(['train', ...words, ...fixture('container')], {
    workingDirectory: folder,
  });

  expect(code).toBe(2);
  expect(err).toBe('optml: the job has 101 hyperparameters: SageMaker allows 100\n');
});

test('more than 20 channels are refused', async () => {
  const folder = await makeProject();
  const words = Array.from({ length: 21 }, (_, index) => ['--input', `c${index}=data`]).flat();

  const { code, err } = await runOptml(['train', ...words, ...fixture('container')], {
    workingDirectory: folder,
  });

  expect(code).toBe(2);
  expect(err).toBe('optml: the job has 21 channels: SageMaker allows 20\n');
});

test.each(['[]', '{"a"', ''])('a config file of %j is not replaced', async (text) => {
  const root = await makeFolder();
  await mkdir(join(root, 'input/config'), { recursive: true });
  await writeFile(join(root, 'input/config/hyperparameters.json'), text);

  const { code, err } = await runOptml([
    'train',
    '--root',
    root,
    '--hyperparameter',
    'a=1',
    ...fixture('container'),
  ]);

  expect(code).toBe(2);
  expect(err).toMatch(
    /hyperparameters\.json is not a JSON object, and stays because it was not written by optml: /,
  );
  expect(await readFile(join(root, 'input/config/hyperparameters.json'), 'utf8')).toBe(text);
});

test('a root where no folder can be made ends the command with its path', async () => {
  const { code, err } = await runOptml(['train', '--root', '/proc/optml/ml', ...fixture('container')]);

  expect(code).toBe(1);
  expect(err).toMatch(/^optml: cannot prepare \/proc\/optml\/ml: /);
});

test('a reason that the log has shown already is not printed again', async () => {
  const root = join(await makeFolder(), 'ml');

  const { code, err } = await runOptml([
    'train',
    '--root',
    root,
    ...fixture('fails', '3', 'about\n to fail'),
  ]);

  expect(code).toBe(1);
  expect(err).toMatch(/^about to fail$/m);
  expect(err).toContain(
    `optml: training failed (exit code 3): its log has the reason, which is also in ${root}/output/failure\n`,
  );
});

test('a command that cannot be started exits 1', async () => {
  const { code, err } = await runOptml(['train', '--', 'no-such-program'], {
    workingDirectory: await makeFolder(),
  });

  expect(code).toBe(1);
  expect(err).toMatch(/optml: cannot start "no-such-program train": "no-such-program" was not found/);
});

test('a training that leaves no model is done, with a remark', async () => {
  const root = await makeFolder();

  const { code, err } = await runOptml(['train', '--root', root, ...fixture('fails', '0')]);

  expect(code).toBe(0);
  expect(err).toContain(`optml: the container wrote no model to ${root}/model\n`);
});
