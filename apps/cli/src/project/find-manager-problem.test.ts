import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBase } from '../../test/make-base.ts';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml } from '../../test/run-optml.ts';
import { findManager, findManagerProblem } from './find-manager-problem.ts';

async function makeTree(files: readonly string[], manifest = '{}'): Promise<string> {
  const folder = await makeFolder();
  for (const file of ['package.json', ...files]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), file === 'package.json' ? manifest : '');
  }
  return folder;
}

test.each([
  ['nothing that says who installed', ['yarn.lock', 'package-lock.json']],
  ['the manager of the lock file', ['package-lock.json', 'node_modules/.package-lock.json']],
  ['no lock file', ['node_modules/.modules.yaml']],
])('%s is no problem', async (_, files) => {
  expect(await findManagerProblem(await makeTree(files, '{"packageManager": 5}'))).toBeUndefined();
});

test.each([
  ['npm', '.package-lock.json', 'yarn.lock', 'yarn'],
  ['pnpm', '.modules.yaml', 'package-lock.json', 'npm'],
  ['yarn', '.yarn-state.yml', 'pnpm-lock.yaml', 'pnpm'],
  ['yarn', '.yarn-integrity', 'bun.lock', 'bun'],
])(
  'packages of %s beside the lock file of another are not those that it names',
  async (by, marker, lock, of) => {
    const folder = await makeTree([`node_modules/${marker}`, lock]);

    expect(await findManagerProblem(folder)).toMatchObject({
      isSerious: true,
      message: `the packages of ${folder}/node_modules were installed by ${by}, and the lock file is that of ${of}, ${folder}/${lock}: install them with "${of} install", or delete that file and run "${by} install"`,
    });
  },
);

test('a lock file too many, and another manager in package.json, are told and change nothing', async () => {
  const two = await makeTree(['node_modules/.modules.yaml', 'pnpm-lock.yaml', 'package-lock.json']);
  const declared = await makeTree(['node_modules/.package-lock.json'], '{"packageManager": "pnpm@10.1.0"}');

  expect(await findManagerProblem(two)).toMatchObject({
    isSerious: false,
    message: `the packages of ${two}/node_modules were installed by pnpm: delete ${two}/package-lock.json, which pnpm does not keep up to date`,
  });
  expect(await findManagerProblem(declared)).toMatchObject({
    isSerious: false,
    message: `the packages of ${declared}/node_modules were installed by npm, and ${declared}/package.json names "pnpm@10.1.0" as the package manager: install them with "pnpm install", or change "packageManager"`,
  });
});

test('the packages of a workspace are those of its root', async () => {
  const root = await makeTree(['node_modules/.modules.yaml', 'pnpm-lock.yaml', 'apps/wine/yarn.lock']);
  const project = join(root, 'apps/wine');

  expect(await findManagerProblem(project)).toMatchObject({
    isSerious: false,
    message: expect.stringContaining(`delete ${project}/yarn.lock`),
  });
});

test.each([
  [['node_modules/.package-lock.json', 'apps/wine/package.json'], { manager: 'npm', isInstalled: true }],
  [['node_modules/.yarn-integrity', 'apps/wine/package.json'], { manager: 'yarn', isInstalled: true }],
  [['pnpm-lock.yaml', 'apps/wine/package.json'], { manager: 'pnpm', isInstalled: false }],
  [['apps/wine/node_modules/a/package.json', 'apps/wine/bun.lock'], { manager: 'bun', isInstalled: true }],
])('who installs %j is known in the folder of a workspace, too', async (files, found) => {
  const root = await makeTree(files);

  expect(await findManager(join(root, 'apps/wine'))).toEqual(found);
});

test('an image of other versions than the lock file names is refused, and a lock file too many is told', async () => {
  const folder = await makeProjectOf('function');
  await writeFile(join(folder, 'node_modules/.package-lock.json'), '{}');
  await writeFile(join(folder, 'yarn.lock'), '');
  const base = `oci:${await makeBase()}`;
  const build = () => runOptml(['build', '--base', base], { workingDirectory: folder });

  const refused = await build();
  await writeFile(join(folder, 'package-lock.json'), '{}');
  const told = await build();
  const doctor = await runOptml(['doctor', '--no-aws'], { workingDirectory: folder });

  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringContaining('were installed by npm, and the lock'),
  });
  expect(told).toMatchObject({ code: 0, err: expect.stringContaining(`delete ${folder}/yarn.lock`) });
  expect(doctor.out).toMatch(/^warning +package manager +the packages of .*\n +fix: delete \S+yarn\.lock/m);
});
