import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProject } from './find-project.ts';

async function makeFolder(files: readonly string[], manifest = '{"name": "wine"}'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-project-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), file.endsWith('package.json') ? manifest : '');
  }
  return folder;
}

test('a project is its name and the modules that are there', async () => {
  const folder = await makeFolder(['package.json', 'src/train.mts', 'src/train.js', 'src/predictor.ts']);

  const project = await findProject(folder);

  expect(project).toEqual({
    directory: folder,
    name: 'wine',
    training: join(folder, 'src/train.mts'),
    predictor: join(folder, 'src/predictor.ts'),
    unused: [join(folder, 'src/train.js')],
  });
});

test('training can be a Python program, unless it is a module', async () => {
  const [program, both] = await Promise.all([
    makeFolder(['package.json', 'src/train.py']),
    makeFolder(['package.json', 'src/train.py', 'src/train.ts']),
  ]);

  expect(await findProject(program)).toMatchObject({ training: join(program, 'src/train.py') });
  expect(await findProject(both)).toMatchObject({
    training: join(both, 'src/train.ts'),
    unused: [join(both, 'src/train.py')],
  });
});

test.each([
  [['src/predictor.cts'], 'rename src/predictor.cts to src/predictor.ts'],
  [['src/predictor/index.ts'], 'rename src/predictor/index.ts to src/predictor.ts'],
  [
    ['predictor.ts', 'train.mjs'],
    'rename train.mjs to src/train.mjs, and rename predictor.ts to src/predictor.ts',
  ],
  [['src/predict.ts'], 'rename src/predict.ts to src/predictor.ts'],
  [['src/Train-Model.js'], 'rename src/Train-Model.js to src/train.js'],
  [['src/training.py'], 'rename src/training.py to src/train.py'],
  [['src/predictor.py'], 'write what src/predictor.py does as src/predictor.ts'],
  [['src/predictor.test.ts', 'src/train.d.ts', 'src/a/train.ts', 'src/train.csv'], 'write one of them'],
])('a project of %j is told to %s', async (files, advice) => {
  const folder = await makeFolder(['package.json', ...files]);

  await expect(findProject(folder)).rejects.toMatchObject({
    code: 'PROJECT_EMPTY',
    message: `${folder} has neither src/train.ts nor src/predictor.ts: ${advice}, or run "optml init" in an empty folder`,
  });
});

test('a half that is there is not looked for under other names', async () => {
  const folder = await makeFolder(['package.json', 'src/train.ts', 'src/training.ts', 'src/Predictor.ts']);

  const { misnamed } = await findProject(folder);

  expect(misnamed).toEqual([{ half: 'predictor', file: 'src/Predictor.ts', expected: 'src/predictor.ts' }]);
});

test.each([
  ['PROJECT_NOT_FOUND', ['src/train.ts'], '{}', /is not an optml project: .*optml init/],
  ['PROJECT_EMPTY', ['package.json', 'src/other.ts'], '{}', /neither src\/train\.ts nor src\/predictor\.ts/],
  ['PROJECT_INVALID', ['package.json', 'src/train.ts'], '{"name":', /package\.json is not valid JSON/],
  [
    'PROJECT_INVALID',
    ['package.json', 'src/train.ts'],
    'null',
    /package\.json is null: expected a JSON object/,
  ],
  ['PLUG_AND_PLAY', ['package.json', 'src/train.ts', '.pnp.cjs'], '{}', /nodeLinker: node-modules/],
] as const)('%s of %j with %s', async (code, files, manifest, message) => {
  const folder = await makeFolder(files, manifest);

  await expect(findProject(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test("a workspace of yarn's Plug'n'Play refuses the projects in it", async () => {
  const folder = await makeFolder(['.pnp.cjs', 'apps/wine/src/train.ts', 'apps/wine/package.json']);

  await expect(findProject(join(folder, 'apps/wine'))).rejects.toMatchObject({ code: 'PLUG_AND_PLAY' });
});
