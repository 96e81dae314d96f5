/** Projects that are laid out otherwise than `optml init` lays them out. */

import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBase } from '../../test/make-base.ts';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

test.each<[string, (project: string) => Promise<string>]>([
  [
    'in a path with spaces and letters of other alphabets',
    async (project) => {
      const folder = join(dirname(project), 'mein möδel – 1');
      await rename(project, folder);
      return folder;
    },
  ],
  [
    'with its packages two levels up',
    async (project) => {
      const root = dirname(project);
      const folder = join(root, 'packages/model');
      await mkdir(dirname(folder));
      await rename(join(project, 'node_modules'), join(root, 'node_modules'));
      await rename(project, folder);
      return folder;
    },
  ],
  [
    'whose src is a link',
    async (project) => {
      await rename(join(project, 'src'), join(project, 'sources'));
      await symlink('sources', join(project, 'src'));
      return project;
    },
  ],
  ...['{"name": "bmi", "type": "commonjs"}', '{"name": "bmi"}'].map(
    (manifest): [string, (project: string) => Promise<string>] => [
      `whose package.json is ${manifest}`,
      async (project) => {
        await writeFile(join(project, 'package.json'), manifest);
        // With it, TypeScript asks for the type of the package.
        await rm(join(project, 'tsconfig.json'));
        return project;
      },
    ],
  ),
])('a project %s is checked and built', async (_, change) => {
  const workingDirectory = await change(await makeProjectOf('function'));

  const checked = await runOptml(['check', '--base', `oci:${await makeBase()}`], { workingDirectory });

  expect(checked).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^types +ok\ndefinitions +ok: a predictor\nimage +ok.*\n$/),
  });
});

test('a project whose src lies elsewhere is told why packages are not found', async () => {
  const workingDirectory = await makeProjectOf('function');
  const elsewhere = join(await makeFolder(), 'sources');
  await rename(join(workingDirectory, 'src'), elsewhere);
  await symlink(elsewhere, join(workingDirectory, 'src'));

  const { code, err } = await runOptml(['build', '--base', 'scratch'], { workingDirectory });

  expect(code).toBe(1);
  expect(err).toMatch(/predictor\.ts:\d+:\d+: cannot find "@optml\/.*the file lies outside of the project/);
});
