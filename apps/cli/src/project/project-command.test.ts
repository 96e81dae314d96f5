import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

test.each(['train', 'serve', 'schema', 'build', 'publish', 'config', 'check', 'dev'])(
  'outside of a project, optml %s says so and offers to make one',
  async (command) => {
    const workingDirectory = await makeFolder();

    const { code, out, err } = await runOptml([command], { workingDirectory });

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      `optml: ${workingDirectory} is not in a project: no package.json in it or in a folder above it; change to your project, or create one with: optml init my-model\n`,
    );
  },
);

test('the nearest package.json counts, though one above has a project', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'src'));
  await mkdir(join(folder, 'inner/deep'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name": "outer"}');
  await writeFile(join(folder, 'src/train.ts'), '');
  await writeFile(join(folder, 'inner/package.json'), '{"name": "inner"}');

  const { code, err } = await runOptml(['train'], { workingDirectory: join(folder, 'inner/deep') });

  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining(`${join(folder, 'inner')} has neither src/train.ts nor src/predictor.ts`),
  });
});

test.each([
  {
    role: 'train',
    module: 'src/predictor.ts',
    message: /^optml: half has nothing to train: write .*src\/train\.ts/,
  },
  {
    role: 'serve',
    module: 'src/train.ts',
    other: 'src/predict.ts',
    message:
      /^optml: half has nothing to serve: rename src\/predict\.ts to src\/predictor\.ts, or give a command/,
  },
  {
    role: 'serve',
    module: 'src/train.ts',
    message: /^optml: half has nothing to serve: write .*src\/predictor\.ts/,
  },
])('a project without it is not asked to $role', async ({ role, module, other = module, message }) => {
  const workingDirectory = await makeFolder();
  await mkdir(join(workingDirectory, 'src'));
  await writeFile(join(workingDirectory, 'package.json'), '{"name": "half"}');
  for (const file of [module, other]) await writeFile(join(workingDirectory, file), '');

  const { code, err } = await runOptml([role], { workingDirectory });

  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
});

test('a package.json that is not JSON is named', async () => {
  const workingDirectory = await makeFolder();
  await writeFile(join(workingDirectory, 'package.json'), '{"optml"');

  const { code, err } = await runOptml(['serve'], { workingDirectory });

  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('package.json') });
});

test('a typed command runs in the current folder, and a file that was not built is named', async () => {
  const workingDirectory = await makeFolder();

  const { code, err } = await runOptml(['train', '--', 'node', 'dist/other.js'], { workingDirectory });

  expect({ code, err }).toEqual({
    code: 1,
    err: `optml: cannot start "node dist/other.js": ${join(workingDirectory, 'dist/other.js')} does not exist; build it first, or give another command after --\n`,
  });
});
