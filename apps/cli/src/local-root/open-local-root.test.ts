import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { fixture, runOptml } from '../../test/run-optml.ts';
import { given, makeProject, readAll, readFound, readMoved, write } from '../../test/train-project.ts';

test('a job finds what the command says, and nothing of the command before', async () => {
  const { root, train, folder } = await makeProject();
  await train(['--input', 'trianing=other', '--hyperparameter', 'max_dpeth=3']);

  const { code, err } = await train(given);

  expect(code).toBe(0);
  expect(await readFound(root)).toEqual({
    hyperparameters: { max_depth: '3' },
    channels: ['training'],
    data: ['input/data/training/a.csv'],
    others: [],
  });
  expect(err).toContain(`optml: hyperparameters from the command: max_depth=3\n`);
  expect(err).toContain(`optml: channel training from ${folder}/data\n`);
  expect(await readAll(join(folder, 'other'))).toEqual({ 'b.csv': 'b' });
});

test('secrets, line ends and long values do not show at the start', async () => {
  const { train } = await makeProject();
  const values = ['api_key=hunter2', 'lines=a\nb', `long=${'x'.repeat(200)}`];

  const { err } = await train(values.flatMap((value) => ['--hyperparameter', value]));

  expect(err).toContain(`from the command: api_key=***, lines="a\\nb", long=${'x'.repeat(80)}...\n`);
});

test('what an earlier job left is moved aside, named, and whole', async () => {
  const { root, train } = await makeProject();
  const leaves = [
    'model/m=old',
    'output/data/o=old',
    'checkpoints/c=old',
    'code/train.py=old',
    'cache/x=old',
  ];
  await train(given, ...leaves);

  const outcome = await train(given);

  expect(await readFound(root)).toMatchObject({ others: [] });
  expect(await readAll(readMoved(outcome, 'the model'))).toMatchObject({ m: 'old' });
  expect(await readAll(readMoved(outcome, 'the output'))).toEqual({ 'data/o': 'old' });
  expect(await readAll(readMoved(outcome, 'the checkpoints'))).toEqual({ c: 'old' });
  expect(await readAll(readMoved(outcome, join(root, 'code')))).toEqual({ 'train.py': 'old' });
  expect(await readAll(readMoved(outcome, join(root, 'cache')))).toEqual({ x: 'old' });
  expect(outcome.err).toContain('the job starts without checkpoints; --resume would have kept');
});

test('the earlier model can be served where it was moved to', async () => {
  const { root, train } = await makeProject();
  await train(given);
  await runOptml(['train', '--root', root, ...fixture('fails', '1')]);

  const { code, err } = await runOptml(['serve', '--root', root, ...fixture('container')]);

  const [, earlier = ''] = /or serve the model of an earlier job with --root (.*)\n/.exec(err) ?? [];
  expect(code).toBe(1);
  expect(await readFound(earlier)).toMatchObject({ channels: ['training'] });
});

/** As the training package writes it. */
function makeCheckpoint(state: string): string {
  const digest = createHash('sha256').update(state).digest('hex');
  return `optml checkpoint 1 ${digest} ${String(state.length).padStart(16, '0')}\n${state}`;
}

test('--resume keeps the checkpoints, and nothing else, and says from which step the job goes on', async () => {
  const { root, train } = await makeProject();
  await train(given, 'model/m=old');
  await write(root, {
    'checkpoints/step-0000000007.checkpoint': makeCheckpoint('seven'),
    'checkpoints/step-0000000009.checkpoint': makeCheckpoint('nine').slice(0, -1),
  });

  const { code, err } = await train([...given, '--resume']);

  const checkpoints = ['checkpoints/step-0000000007.checkpoint', 'checkpoints/step-0000000009.checkpoint'];
  expect(code).toBe(0);
  expect(await readFound(root)).toMatchObject({ others: checkpoints });
  expect(err).toMatch(
    /optml: checkpoint .*step-0000000009.checkpoint has \d+ bytes, but its header says \d+/,
  );
  expect(err).toContain(`optml: resuming from step 7: ${root}/${checkpoints[0]}\n`);
});

test('--resume says when there is nothing to resume from, and where it may be', async () => {
  const { root, train } = await makeProject();

  const first = await train([...given, '--resume'], 'checkpoints/mine.pt=1');
  const second = await train([...given, '--resume']);
  const third = await train(given);
  const fourth = await train([...given, '--resume']);

  const none = `optml: no checkpoints to resume from in ${root}/checkpoints: starting from the beginning`;
  expect(first.err).toContain(`${none}\n`);
  expect(second.err).toContain(`optml: resuming from what is in ${root}/checkpoints: `);
  expect(fourth.err).toContain(`${none}; an earlier job's are in ${readMoved(third, 'the checkpoints')}: `);
});

test.each([true, false])(
  'checkpoints that a config file puts elsewhere: in the root is %s',
  async (isInRoot) => {
    const { folder, root, train } = await makeProject();
    const place = join(isInRoot ? root : folder, 'states');
    await write(root, { 'input/config/checkpointconfig.json': JSON.stringify({ LocalPath: place }) });
    await write(place, { old: 'old' });

    const outcome = await train([]);

    expect(outcome.code).toBe(0);
    if (isInRoot) expect(await readAll(readMoved(outcome, place))).toEqual({ old: 'old' });
    else expect(outcome.err).toContain(`optml: checkpoints in ${place}, outside the root, are left there`);
    expect(await readdir(place)).toEqual(isInRoot ? [] : ['old']);
  },
);

test('a model that is a link stays one, and what it leads to is moved within its own neighbourhood', async () => {
  const { folder, root, train } = await makeProject();
  await write(folder, { 'disk/m': 'old', 'ml/input/config/hyperparameters.json': '{}' });
  await symlink('../disk', join(root, 'model'));

  const outcome = await train([]);

  const moved = readMoved(outcome, 'the model');
  expect(dirname(moved)).toBe(folder);
  expect(await readAll(moved)).toEqual({ m: 'old' });
  expect(await readlink(join(root, 'model'))).toBe('../disk');
  expect(await readdir(join(folder, 'disk'))).toEqual(['found.json']);
});

/** A tree that somebody made, with all that optml might want to replace. */
const handMade = {
  'input/config/hyperparameters.json': '{"max_depth": 7,\n "keep": "x"}',
  'input/config/inputdataconfig.json': '{"training": {"ContentType": "text/csv"}, "validation": {}}',
  'input/config/resourceconfig.json': '{"current_host": "mine", "hosts": ["mine"]}',
  'input/data/training/mine.csv': 'mine',
  'code/train.py': 'mine',
};

test.each([
  [[], 0, ''],
  [['--hyperparameter', 'max_depth=7', '--hyperparameter', 'keep=x'], 0, ''],
  [['--input', 'validation=other'], 0, ''],
  [
    ['--hyperparameter', 'max_depth=3'],
    2,
    'hyperparameters.json has another value or none, and stays because it was not',
  ],
  [
    ['--hyperparameter', 'new=3'],
    2,
    'hyperparameters.json has another value or none, and stays because it was not',
  ],
  [['--input', 'training=data'], 2, 'input/data/training is there already, and stays because it was not'],
  [
    ['--input', 'new=data'],
    2,
    'inputdataconfig.json has another value or none, and stays because it was not written by optml',
  ],
])(
  'a tree made by hand is never replaced: with %j it is refused or used as it is',
  async (words, code, says) => {
    const { root, train } = await makeProject();
    await write(root, handMade);

    const outcome = await train(words);

    expect(outcome).toMatchObject({ code, err: expect.stringContaining(says) });
    expect(await readAll(root)).toMatchObject(handMade);
    if (code !== 0) return expect(await readAll(root)).toEqual(handMade);
    expect(await readFound(root)).toMatchObject({
      hyperparameters: { max_depth: 7, keep: 'x' },
      channels: ['training', 'validation'],
      others: ['code/train.py'],
    });
    expect(outcome.err).toContain(
      `hyperparameters from ${root}/input/config/hyperparameters.json (kept: it was not written by optml): max_depth=7, keep=x\n`,
    );
    expect(outcome.err).toContain(
      `channel training from ${root}/input/data/training (kept: it was not written by optml)\n`,
    );
  },
);

test('what a tree made by hand lacks is filled in, for each job anew', async () => {
  const { root, train } = await makeProject();
  await write(root, { 'input/data/mine/mine.csv': 'mine', 'input/config/init-config.json': '{}' });
  await train([...given, '--input', 'wrong=other']);

  await train(given);

  expect(await readFound(root)).toMatchObject({
    hyperparameters: { max_depth: '3' },
    channels: ['mine', 'training'],
    data: ['input/data/mine/mine.csv', 'input/data/training/a.csv'],
  });
});

test('data that is linked into a tree is a channel, and the link is never replaced', async () => {
  const { folder, root, train } = await makeProject();
  await write(root, { 'input/data/mine/mine.csv': 'mine' });
  await symlink(join(folder, 'other'), join(root, 'input/data/linked'));
  await mkdir(join(folder, 'empty'));
  await symlink(join(folder, 'empty'), join(root, 'input/data/training'));

  const refused = await train(given);
  const used = await train([]);

  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('training is there already') });
  expect(used.code).toBe(0);
  expect(await readFound(root)).toMatchObject({ channels: ['linked', 'mine', 'training'] });
  expect(await readAll(join(folder, 'other'))).toEqual({ 'b.csv': 'b' });
});

test('a config file that was edited stays, until it is deleted as the message advises', async () => {
  const { root, train } = await makeProject();
  const file = join(root, 'input/config/hyperparameters.json');
  await train(given);
  await writeFile(file, '{"max_depth": "3", "mine": "1"}');

  const same = await train(given);
  const other = await train(['--input', 'training=data', '--hyperparameter', 'max_depth=4']);
  await rm(file);
  const anew = await train(['--input', 'training=data', '--hyperparameter', 'max_depth=4']);

  expect(same.err).toContain(
    `from ${file} (kept: it was changed after optml wrote it): max_depth=3, mine=1\n`,
  );
  expect(other).toMatchObject({
    code: 2,
    err: expect.stringContaining('was changed after optml wrote it: '),
  });
  expect(anew.err).toContain('hyperparameters from the command: max_depth=4\n');
});

test.each([
  [
    'edited in place, with its time set back',
    async (file: string) => {
      const { atime, mtime } = await stat(file);
      await writeFile(file, 'A');
      await utimes(file, atime, mtime);
    },
  ],
  ['with a new file', (file: string) => writeFile(join(dirname(file), 'new.csv'), 'A')],
  [
    'exchanged for a folder',
    async (file: string) => {
      await rm(dirname(file), { recursive: true });
      await write(dirname(file), { 'mine.csv': 'A' });
    },
  ],
  [
    'exchanged for a link',
    async (file: string) => {
      await rm(dirname(file), { recursive: true });
      await symlink('../../../other', dirname(file));
    },
  ],
])('a channel that was %s stays', async (_, edit) => {
  const { root, train, folder } = await makeProject();
  const channel = join(root, 'input/data/training');
  await train(given);
  await edit(join(channel, 'a.csv'));
  const edited = await readAll(channel);

  const kept = await train(['--input', 'more=other']);
  const refused = await train(given);

  expect(kept.err).toContain(
    `channel training from ${channel} (kept: it was changed after optml wrote it)\n`,
  );
  expect(await readFound(root)).toMatchObject({ channels: ['more', 'training'] });
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(`${channel} is there already`) });
  expect(await readAll(channel)).toEqual(edited);
  expect(await readAll(join(folder, 'other'))).toEqual({ 'b.csv': 'b' });
});

test('what a job does to its channels is not the work of a hand', async () => {
  const { root, train } = await makeProject();
  await train(given, 'input/data/training/a.csv=changed', 'input/data/training/__pycache__/x.pyc=made');

  const { code } = await train(given);

  expect(code).toBe(0);
  expect(await readAll(join(root, 'input/data'))).toEqual({ 'training/a.csv': 'a' });
});

test('a copy of a root is as good as the root, and loses nothing', async () => {
  const { folder, root, train } = await makeProject();
  await train(['--input', 'wrong=other', '--hyperparameter', 'wrong=1']);
  const copy = join(folder, 'copy');
  await cp(root, copy, { recursive: true });

  const outcome = await runOptml(['train', '--root', copy, ...given, ...fixture('job')], {
    workingDirectory: folder,
  });

  expect(outcome.code).toBe(0);
  expect(await readFound(copy)).toMatchObject({
    hyperparameters: { max_depth: '3' },
    data: ['input/data/training/a.csv'],
  });
  expect(await readAll(readMoved(outcome, join(copy, 'input/data/wrong')))).toEqual({ 'b.csv': 'b' });
});

test('a record that is copied into a tree made by hand, or damaged, vouches for nothing there', async () => {
  const { folder, root, train } = await makeProject();
  await train(given);
  const other = join(folder, 'hand-made');
  await write(other, handMade);
  await cp(join(root, '.optml-root'), join(other, '.optml-root'), { recursive: true });
  const start = () =>
    runOptml(['train', '--root', other, ...given, ...fixture('job')], { workingDirectory: folder });

  const copied = await start();
  await writeFile(join(other, '.optml-root/record.json'), '{"files": 1}');
  const damaged = await start();

  expect([copied.code, damaged.code]).toEqual([2, 2]);
  expect(await readAll(other)).toMatchObject(handMade);
});

test.each([
  ['a root that is a link', '', 'a link there leads nowhere'],
  ['a model that is a link', 'model', 'a link there leads nowhere'],
  ['a folder of data that is a file', 'input/data', 'a file is in the way'],
])('%s in the way is named, with what to do', async (_, place, advice) => {
  const { folder, root, train } = await makeProject();
  if (place !== '') await write(root, { 'input/config/init-config.json': '{}' });
  if (place === 'input/data') await write(root, { [place]: 'mine' });
  else await symlink(join(folder, 'nowhere'), join(root, place));

  const { code, err } = await train([]);

  expect(code).toBe(1);
  expect(err).toContain(`optml: cannot prepare ${root}: `);
  expect(err).toContain(`${join(root, place)}': ${advice}: move it away, or give another --root\n`);
});
