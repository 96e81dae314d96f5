/** Stories of jobs whose program is not a definition: JavaScript, TypeScript, Python, shell, any executable. */

import { execFile } from 'node:child_process';
import { access, chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { linkPackages } from './link-packages.ts';
import { train } from './train-story.ts';

const run = promisify(execFile);

/** Prints its arguments and some of its variables as one line of JSON. */
const tellInJavaScript = `console.log(JSON.stringify({
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  hps: JSON.parse(process.env.SM_HPS),
  dash: process.env['SM_HP_BATCH-SIZE'],
  underscore: process.env.SM_HP_BATCH_SIZE,
  channel: process.env.SM_CHANNEL_TRAINING,
  host: process.env.SM_CURRENT_HOST,
  env: JSON.parse(process.env.SM_TRAINING_ENV).user_entry_point,
  module: process.env.SM_MODULE_NAME,
}));`;

const hyperparameters = (program: string, others: Readonly<Record<string, string>> = {}) => ({
  sagemaker_program: JSON.stringify(program),
  sagemaker_job_name: '"job"',
  ...others,
});

const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) as string);

describe('a program of the job’s', () => {
  test.each(['train.js', 'train.mjs', 'train.cjs', 'nested/train.ts'])(
    'is found as %s and told everything',
    async (program) => {
      const { tree, result, stdout } = await train('happy.ts', {
        hyperparameters: hyperparameters(program, {
          'batch-size': '32',
          a: '"x y"',
          list: '[1,"b"]',
          on: 'true',
        }),
        inputDataConfig: { training: {} },
        code: { [program]: tellInJavaScript },
      });

      expect(result).toEqual({ exitCode: 0 });
      expect(lastLine(stdout)).toEqual({
        argv: ['--batch-size', '32', '-a', 'x y', '--list', '[1,"b"]', '--on', 'true'],
        cwd: join(tree.root, 'code'),
        hps: { 'batch-size': 32, a: 'x y', list: [1, 'b'], on: true },
        dash: '32',
        underscore: '32',
        channel: join(tree.root, 'input/data/training'),
        host: 'algo-1',
        env: program,
        module: program,
      });
    },
  );

  test('is run by Python with True for true, and its exit code is kept', async () => {
    const { tree, result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.py', { flag: 'true' }),
      code: {
        'train.py':
          'import os, sys, helper\nprint(sys.argv[1:], os.environ["SM_MODEL_DIR"], helper.word)\nsys.exit(3)',
        'helper.py': 'word = "helped"',
      },
    });

    expect(stdout).toBe(`['--flag', 'True'] ${tree.root}/model helped\n`);
    expect(result).toMatchObject({ exitCode: 3, code: 'TRAINING_CRASHED' });
  });

  test('is run by a shell, whose variables it can read', async () => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh', { 'learning-rate': '0.1' }),
      inputDataConfig: { 'my-data.v1': {} },
      code: { 'train.sh': 'echo "$SM_HP_LEARNING_RATE $SM_CHANNEL_MY_DATA_V1 $1 $2"' },
    });

    expect(stdout).toMatch(/^0\.1 \S+\/input\/data\/my-data\.v1 --learning-rate 0\.1\n$/);
    expect(result).toEqual({ exitCode: 0 });
  });

  test('may open its standard error by name, as shell programs do', async () => {
    const { result, stderr } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      code: { 'train.sh': 'echo by name > /dev/stderr; echo > $SM_MODEL_DIR/model' },
    });

    expect(stderr).toBe('by name\n');
    expect(result).toEqual({ exitCode: 0 });
  });

  test('may be any executable, and one without its mode is given it', async () => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train'),
      code: { train: '#!/bin/sh\necho "ran as $0"' },
    });

    expect(stdout).toMatch(/^ran as \S+\/code\/train\n$/);
    expect(result).toEqual({ exitCode: 0 });
  });

  test('may export a definition, which is run', async () => {
    const definition = await readFile(new URL('./fixtures/happy.ts', import.meta.url), 'utf8');
    const { tree, result } = await train('misbehaves.ts', {
      hyperparameters: hyperparameters('train.ts', { rate: '2' }),
      inputDataConfig: { training: {} },
      files: { 'training/a.csv': 'x,40\ny,2\n' },
      code: { 'train.ts': definition },
      prepare: linkPackages,
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(JSON.parse(await tree.model('model.json'))).toMatchObject({ sum: 42, rate: 2 });
  });

  test('that exports a definition whose run never settles ends with 13, not with success', async () => {
    const { result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.ts'),
      code: {
        'train.ts': `import { defineTraining } from '@optml/train';
          import { z } from 'zod';
          export default defineTraining({ hyperparameters: z.object({}), channels: {}, run: () => new Promise(() => {}) });`,
      },
      prepare: linkPackages,
    });

    expect(result).toMatchObject({ exitCode: 13, code: 'TRAINING_STALLED' });
  });

  test('may use the channel to its parent for words of its own', async () => {
    const { result, tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.mjs'),
      code: {
        'train.mjs': `for (const word of [5, null, { kind: 'failed', report: 5 }, { kind: 'optml:failed', report: 5 }]) process.send(word);
          process.exitCode = 7;`,
      },
    });

    expect(result).toMatchObject({ exitCode: 7, code: 'TRAINING_CRASHED' });
    expect(await tree.failure()).toContain('ended with exit code 7');
  });

  test('gets the log level of the job', async () => {
    const { stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh', { sagemaker_container_log_level: '10' }),
      code: { 'train.sh': 'echo "$SM_LOG_LEVEL"' },
    });

    expect(stdout).toBe('10\n');
  });

  test('is chosen by the image through SAGEMAKER_PROGRAM', async () => {
    const { stdout } = await train('happy.ts', {
      variables: { SAGEMAKER_PROGRAM: 'from-image.sh' },
      code: { 'from-image.sh': 'echo image' },
    });

    expect(stdout).toBe('image\n');
  });

  test('is chosen by the image through the URL that the runner gets', async () => {
    const { stdout, result } = await train('image-program.sh');

    expect(stdout).toBe('the program of the image\n');
    expect(result).toEqual({ exitCode: 0 });
  });

  test('reports what it throws with its place', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.mjs'),
      code: { 'train.mjs': '\nthrow new RangeError("too far");' },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'TRAINING_FAILED' });
    expect(await tree.failure()).toMatch(
      /^AlgorithmError: RangeError: too far \(at \S+\/code\/train\.mjs:2:7\)/,
    );
  });

  test('that cannot be parsed is told the line', async () => {
    const { tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.mjs'),
      code: { 'train.mjs': 'const fine = 1;\nconst = 2;' },
    });

    expect(await tree.failure()).toMatch(/^AlgorithmError: SyntaxError: .* \(at \S+code\/train\.mjs:2\)\n/);
  });

  test('is stopped by SIGTERM; what ends well ends with 0, what only dies with 143', async () => {
    const trap = 'trap "echo saved; exit 0" TERM\necho started\nwhile :; do sleep 0.05; done';
    const plain = 'echo started\nwhile :; do sleep 0.05; done';
    const story = (program: string) => ({
      hyperparameters: hyperparameters('train.sh'),
      code: { 'train.sh': program },
      stopAtOutput: 'started',
    });

    const handled = await train('happy.ts', story(trap));
    const unhandled = await train('happy.ts', story(plain));

    expect(handled).toMatchObject({ result: { exitCode: 0 }, stdout: 'started\nsaved\n' });
    expect(unhandled.result).toMatchObject({ exitCode: 143, code: 'TRAINING_STOPPED' });
  });
});

describe('a program that cannot be run', () => {
  test.each([
    ['../../../bin/sh', {}, 126, 'PROGRAM_INVALID', 'is outside its source folder'],
    [
      'folder',
      { 'folder/train.py': '' },
      126,
      'PROGRAM_INVALID',
      'is a folder: name a file in it, for example folder/train.py',
    ],
    ['absent.py', { 'train.py': '' }, 127, 'PROGRAM_MISSING', '/code: there are train.py'],
    ['/nowhere/train.py', {}, 127, 'PROGRAM_MISSING', 'there is no program "/nowhere/train.py"'],
    ['train.py', { 'src/train.py': '' }, 127, 'PROGRAM_MISSING', '/code: did you mean src/train.py?'],
    [
      'train.ipynb',
      { 'train.ipynb': '{}' },
      126,
      'PROGRAM_INVALID',
      'train.ipynb is a Jupyter notebook: convert',
    ],
    ['a.jar', { 'a.jar': 'PK' }, 126, 'PROGRAM_INVALID', 'a.jar is a Java archive: name a shell script'],
    ['train.R', { 'train.R': 'print(1)' }, 126, 'PROGRAM_INVALID', 'begin it with #!/usr/bin/env Rscript'],
    ['trian.py', { 'train.py': '', 'notes.md': '' }, 127, 'PROGRAM_MISSING', '/code: did you mean train.py?'],
  ])('as %s is refused before anything is executed', async (program, code, exitCode, errorCode, message) => {
    const { tree, result } = await train('happy.ts', { hyperparameters: hyperparameters(program), code });

    expect(result).toMatchObject({ exitCode, code: errorCode });
    expect(await tree.failure()).toContain(message);
  });

  test('because it is a pipe is told so, and nobody waits for its writer', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      code: { 'notes.md': '' },
      prepare: (root) => run('mkfifo', [join(root, 'code/train.sh')]),
    });

    expect(result).toMatchObject({ exitCode: 126, code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toContain('train.sh is a pipe, a socket or a device: name a file');
  });

  test('for want of a name is not named at all', async () => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: { sagemaker_program: '""' },
      code: { 'train.sh': 'echo ran' },
      variables: { SAGEMAKER_PROGRAM: 'train.sh' },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('ran\n');
  });

  test('for want of its interpreter is told so', async () => {
    const { result, tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.py'),
      code: { 'train.py': 'print(1)' },
      variables: { PATH: '/nowhere' },
    });

    expect(result).toMatchObject({ exitCode: 127, code: 'MODULE_MISSING' });
    expect(await tree.failure()).toMatch(/^UserError: python3 is not in the image/);
  });

  test.each([
    [{ plain: 'b\u0000c' }, 'hyperparameter "plain" contains a NUL character'],
    [
      { sagemaker_mpi_num_of_processes_per_host: '"two"' },
      'sagemaker_mpi_num_of_processes_per_host is "two": expected a whole number',
    ],
    [
      { sagemaker_container_log_level: '"loud"' },
      'hyperparameter sagemaker_container_log_level is "loud": expected one of debug',
    ],
  ])('because of %j is refused with its name', async (others, message) => {
    const { result, tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh', others),
      code: { 'train.sh': 'echo never' },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'HYPERPARAMETER_INVALID' });
    expect(await tree.failure()).toContain(message);
  });

  test.each([
    [{ sagemaker_program: '"bad\\q"' }, 'PROGRAM_MISSING'],
    [{ sagemaker_program: '"a.py"', sagemaker_submit_directory: '"file://foo/bar"' }, 'PROGRAM_MISSING'],
  ])('because its name is %j is refused', async (values, code) => {
    const { result } = await train('happy.ts', { hyperparameters: values });

    expect(result).toMatchObject({ exitCode: 127, code });
  });

  test('because of Windows line ends is named with the fix', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train'),
      code: { train: '#!/bin/sh\r\necho never\r\n' },
      prepare: (root) => chmod(join(root, 'code/train'), 0o755),
    });

    expect(result).toMatchObject({ exitCode: 127, code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toContain('has Windows line endings (CRLF)');
  });
});

test('what only looks like a NUL character is passed on', async () => {
  const values = { pattern: '[\\u0000-\\u001f]', list: '["a\\u0000b"]' };
  const { result, stdout } = await train('happy.ts', {
    hyperparameters: hyperparameters('train.mjs', values),
    code: { 'train.mjs': 'console.log(JSON.stringify(process.argv.slice(2)))' },
  });

  expect(result).toEqual({ exitCode: 0 });
  expect(lastLine(stdout)).toEqual(['--pattern', values.pattern, '--list', values.list]);
});

describe('values reach the process as they were delivered', () => {
  const values = {
    hash: '31e4567',
    id: '"12345678901234567890"',
    rate: '1e-5',
    version: '1.10',
    whole: '2.0',
    large: '{"a": 12345678901234567890}',
    on: 'true',
  };
  const json =
    '{"hash":"31e4567","id":"12345678901234567890","large":{"a":12345678901234567890},"on":true,"rate":1e-5,"version":1.10,"whole":2.0}';

  test.each([
    [
      'train.py',
      'True',
      'import os, sys\nprint(*sys.argv[1:], os.environ["SM_HP_LARGE"], os.environ["SM_HPS"], sep="\\n")',
    ],
    ['train.sh', 'True', 'printf "%s\\n" "$@" "$SM_HP_LARGE" "$SM_HPS"'],
    [
      'train.mjs',
      'true',
      'console.log([...process.argv.slice(2), process.env.SM_HP_LARGE, process.env.SM_HPS].join("\\n"))',
    ],
  ])('of %s', async (program, on, code) => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters(program, values),
      code: { [program]: code },
    });

    const expected = Object.entries({ ...values, id: '12345678901234567890', on });
    expect(result).toEqual({ exitCode: 0 });
    expect(
      stdout
        .trim()
        .split('\n')
        .slice(-expected.length * 2 - 2),
    ).toEqual([...expected.flatMap(([name, value]) => [`--${name}`, value]), values.large, json]);
  });
});

describe('nothing in a hyperparameter is executed', () => {
  const owned = '/tmp/optml-owned';

  afterEach(async () => {
    await expect(access(owned)).rejects.toThrow('ENOENT');
  });

  test.each([
    `'; touch /tmp/optml-owned; echo '`,
    '$(touch /tmp/optml-owned)',
    '`id`',
    '"quoted" and \'quoted\'',
    'two\nlines',
    `${'"\n'.repeat(1250)}`,
  ])('%#', async (value) => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.mjs', { nasty: JSON.stringify(value), plain: value }),
      code: { 'train.mjs': 'console.log(JSON.stringify([process.argv.slice(2), process.env.SM_HP_PLAIN]))' },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(lastLine(stdout)).toEqual([['--nasty', value, '--plain', value], value]);
  });
});
