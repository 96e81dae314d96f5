/** A project of JavaScript alone, from its folder to a bundle that runs elsewhere. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleProject } from '../src/bundle/bundle-project.ts';
import { findProject } from '../src/project/find-project.ts';
import {
  makeProject,
  makeSmallProject,
  predictorSource,
  smallTrainSource,
  trainSource,
} from './make-project.ts';
import { invokeBundle, makeRoot, moveBundle, runBundle, runProgram } from './run-bundle.ts';

async function bundle(files: Readonly<Record<string, string>>, make = makeProject) {
  const folder = await make(files);
  const outputDirectory = join(folder, '.optml/bundle');
  const report = await bundleProject(await findProject(folder), { outputDirectory });
  return { folder, outputDirectory, report };
}

test('a bundle trains and serves where nothing of its project is', async () => {
  const { folder, outputDirectory, report } = await bundle({
    'src/train.ts': trainSource,
    'src/predictor.ts': predictorSource,
  });
  const manifest = JSON.parse(await readFile(join(outputDirectory, 'package.json'), 'utf8'));
  const app = await moveBundle(outputDirectory);
  await rm(join(folder, 'node_modules'), { recursive: true });
  const root = await makeRoot();

  const trained = await runBundle(app, ['train'], root);
  const served = await invokeBundle(app, root, ['a', 'b']);

  expect(trained.exitCode, trained.output).toBe(0);
  expect(served).toEqual({ answer: '{"predictions":["hello world a","hello world b"]}', exitCode: 0 });
  expect(manifest).toEqual({ name: 'greeter', version: '1.2.3', private: true, type: 'module' });
  expect(report.entries.map(({ name }) => name).sort()).toEqual([
    'main',
    'predictor',
    'program-hook',
    'serving-worker',
    'train',
    'training-child',
  ]);
  expect(report.entries.every(({ bytes }) => bytes > 0)).toBe(true);
});

describe('a project with one half', () => {
  test('that trains has nothing of the server, and says so when it is asked to serve', async () => {
    const { outputDirectory, report } = await bundle({ 'src/train.mts': trainSource });

    const { exitCode, output } = await runBundle(outputDirectory, ['serve'], await makeRoot());

    expect([exitCode, output]).toEqual([2, expect.stringContaining('this container does not serve')]);
    expect(report.entries.map(({ name }) => name)).not.toContain('serving-worker');
    const chunks = await Promise.all(
      (await readdir(join(outputDirectory, 'dist')))
        .filter((name) => name.endsWith('.js'))
        .map((name) => readFile(join(outputDirectory, 'dist', name), 'utf8')),
    );
    expect(chunks.join('')).not.toContain('node_modules/express');
  });

  test('that serves says so when it is asked to train', async () => {
    const { outputDirectory } = await bundle({ 'src/predictor.js': predictorSource });

    const { exitCode, output } = await runBundle(outputDirectory, ['train'], await makeRoot());

    expect([exitCode, output]).toEqual([2, expect.stringContaining('this container does not train')]);
  });
});

test('an entry point that the author wrote is five lines, in a bundle and without one', async () => {
  const main = (suffix: string) => `import { runContainer } from '@optml/entrypoint';
await runContainer({
  training: new URL('./train.${suffix}', import.meta.url),
  predictor: new URL('./predictor.${suffix}', import.meta.url),
});
`;
  const { folder, outputDirectory } = await bundle({
    'src/main.ts': `console.log('of my own');\n${main('js')}`,
    'src/unbundled.ts': main('ts'),
    'src/train.ts': trainSource,
    'src/predictor.ts': predictorSource,
  });
  const root = await makeRoot();

  const trained = await runBundle(outputDirectory, ['train'], root);
  const unbundled = await runProgram(join(folder, 'src/unbundled.ts'), ['train'], root);

  expect([trained.exitCode, trained.output]).toEqual([0, expect.stringMatching(/^of my own\n/)]);
  expect(unbundled.exitCode, unbundled.output).toBe(0);
});

test('a module that is called main and is not an entry point changes nothing', async () => {
  const files = { 'src/main.ts': 'throw new Error();', 'src/train.ts': smallTrainSource };
  const { outputDirectory } = await bundle(files, makeSmallProject);

  expect((await runBundle(outputDirectory, ['train'], await makeRoot())).exitCode).toBe(0);
});

test.each([
  ['a syntax error', 'SOURCE_INVALID', 'const = 1;', /^src\/train\.ts:1:7: .*: const = 1;$/],
  [
    'a missing file',
    'DEPENDENCY_MISSING',
    "import './no.ts';",
    /^src\/train\.ts:1:8: cannot find "\.\/no\.ts": no such/,
  ],
  [
    'a package',
    'DEPENDENCY_MISSING',
    "import 'no';",
    /^src\/train\.ts:1:8: cannot find "no": it is not installed/,
  ],
  [
    'a path that a package keeps to itself',
    'DEPENDENCY_MISSING',
    "import 'kept/no';",
    /^src\/train\.ts:1:8: cannot find "kept\/no": the package kept does not export "\.\/no": import a path that is in "exports" of its package\.json$/,
  ],
  [
    'a package that was not built',
    'DEPENDENCY_MISSING',
    "import 'kept';",
    /^src\/train\.ts:1:8: cannot find "kept": it is installed in node_modules\/kept, and the file is not there: build the package if it is your own, or correct the path$/,
  ],
  [
    'a package for browsers',
    'DEPENDENCY_MISSING',
    "import 'web';",
    /^src\/train\.ts:1:8: cannot find "web": its package\.json exports it for "browser" only, and not for Node: /,
  ],
  [
    'a path of tsconfig.json that leads nowhere',
    'DEPENDENCY_MISSING',
    "import '@/no.ts';",
    /^src\/train\.ts:1:8: cannot find "@\/no\.ts": no such file: check its path, and "paths" in tsconfig\.json$/,
  ],
  [
    'a path that the project does not name',
    'DEPENDENCY_MISSING',
    "import '#no';",
    /^src\/train\.ts:1:8: cannot find "#no": add it to "imports" in package\.json, or write the path of the file$/,
  ],
  [
    'a throw',
    'DEFINITION_FAILED',
    "\nthrow new Error('x y');",
    /^src\/train\.ts cannot be loaded: Error: x y \(src\/train\.ts:2:7\)$/,
  ],
  ['a throw deep inside', 'DEFINITION_FAILED', "import './deep.ts';", /Error: deep \(src\/deep\.ts:1:\d+\)$/],
  [
    'a file of the folder that the bundling began in',
    'FILE_MISSING',
    "import { readFileSync } from 'node:fs';\nreadFileSync('package.json');",
    /^src\/train\.ts needs a file that is not in the bundle: .*ENOENT.* 'package\.json' \(src\/train\.ts:2:1\); import/,
  ],
  [
    'a file of a kind that no module has',
    'SOURCE_INVALID',
    "import './weights.bin';",
    /^src\/train\.ts:1:8: cannot import src\/weights\.bin: files ending in \.bin cannot be part of a bundle: write the data into the model artifact when you train, or put it into a package$/,
  ],
  ['an exit', 'DEFINITION_FAILED', 'process.exit(0);', /ended the process with exit code 0$/],
  [
    'no definition',
    'DEFINITION_INVALID',
    'export default {};',
    /^src\/train\.ts does not export a training definition: its default export is /,
  ],
  [
    'a definition that is not one',
    'DEFINITION_INVALID',
    "import { defineTraining } from '@optml/train';\nexport default defineTraining({ metrics: { ['x'.repeat(300)]: { goal: 'maximize' } }, channels: {}, run() {} });",
    /^src\/train\.ts has an invalid definition: /,
  ],
])(
  '%s ends the bundling with its place, and leaves the last bundle alone',
  async (_, code, source, message) => {
    // Only optml's own know a definition when they see one.
    const make = code === 'DEFINITION_INVALID' ? makeProject : makeSmallProject;
    const folder = await make({
      'src/train.ts': source,
      'src/weights.bin': '',
      'node_modules/kept/package.json': '{"name": "kept", "exports": {".": "./index.js"}}',
      'node_modules/web/package.json': '{"name": "web", "exports": {"browser": "./index.js"}}',
      'src/deep.ts': "export const fail: () => never = () => { throw new Error('deep'); };\nfail();\n",
      '.optml/bundle/dist/main.js': '',
      '.optml/bundle/dist/train.js': 'before',
    });
    const outputDirectory = join(folder, '.optml/bundle');

    const failed = bundleProject(await findProject(folder), { outputDirectory });

    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await readFile(join(outputDirectory, 'dist/train.js'), 'utf8')).toBe('before');
    expect(await readdir(join(folder, '.optml'))).toEqual(['bundle']);
  },
);

test('a bundle in the place of its project replaces dist alone', async () => {
  const folder = await makeSmallProject({ 'src/train.ts': smallTrainSource, 'dist/old.js': '' });
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');

  await bundleProject(await findProject(folder), { outputDirectory: folder });

  expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(manifest);
  expect(await readdir(join(folder, 'dist'))).not.toContain('old.js');
  expect((await runBundle(folder, ['train'], await makeRoot())).exitCode).toBe(0);
});

test.each([
  ['src', /would take the place of .*src\/train\.ts/],
  ['..', /would take the place of /],
  ['data', /it has files that are not a bundle \(rows\.csv\)/],
])('a bundle does not take the place of %s', async (folder, message) => {
  const directory = await makeSmallProject({ 'src/train.ts': smallTrainSource, 'data/rows.csv': '1\n' });

  const failed = bundleProject(await findProject(directory), { outputDirectory: join(directory, folder) });

  await expect(failed).rejects.toMatchObject({
    code: 'OUTPUT_INVALID',
    message: expect.stringMatching(message),
  });
});

test('a folder that cannot be made is named', async () => {
  const directory = await makeSmallProject({ 'src/train.ts': smallTrainSource, out: '' });

  const failed = bundleProject(await findProject(directory), {
    outputDirectory: join(directory, 'out/bundle'),
  });

  await expect(failed).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringContaining(join(directory, 'out/bundle')),
  });
});
