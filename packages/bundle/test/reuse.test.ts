/** A bundle that is left alone is the one that would be made. */

import { appendFile, mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { bundleProject } from '../src/bundle/bundle-project.ts';
import { findProject } from '../src/project/find-project.ts';
import { makeProject, makeSmallProject, smallTrainSource, trainSource } from './make-project.ts';

const createTraining = (source: string) =>
  `import { greet } from './greet.ts';\nimport { plus } from 'plus';\nimport { read } from 'words';\n${source}\nconsole.log(greet, plus, read);`;

const files = {
  'src/train.ts': createTraining(smallTrainSource),
  'src/greet.ts': "export const greet = 'hello';",
  'tsconfig.json': '{"extends": "./tsconfig.base.json"}',
  'tsconfig.base.json': '{}',
  'node_modules/.store/plus-1/package.json':
    '{"name": "plus", "version": "1.0.0", "type": "module", "exports": "./index.js"}',
  'node_modules/.store/plus-1/index.js': 'export const plus = 1;',
  'node_modules/.store/plus-2/package.json':
    '{"name": "plus", "version": "2.0.0", "type": "module", "exports": "./index.js"}',
  'node_modules/.store/plus-2/index.js': 'export const plus = 2;',
  'node_modules/words/package.json': '{"name": "words", "version": "1.0.0"}',
  'node_modules/words/index.js':
    "exports.read = () => require('node:fs').readFileSync(__dirname + '/data/words.txt', 'utf8');",
  'node_modules/words/data/words.txt': 'one',
};

async function start({ isReal = false } = {}) {
  const folder = isReal
    ? await makeProject({ ...files, 'src/train.ts': createTraining(trainSource) })
    : await makeSmallProject(files);
  await symlink('.store/plus-1', join(folder, 'node_modules/plus'));
  const bundle = async (smokeTest = false) => {
    let isNew = false;
    const report = await bundleProject(await findProject(folder), {
      outputDirectory: join(folder, '.optml/app'),
      smokeTest,
      reuse: true,
      onBegin() {
        isNew = true;
      },
    });
    return { isNew, report };
  };
  return { bundle, at: (path: string) => join(folder, path) };
}

/** What was written a moment ago is old. */
function moveClock(): void {
  vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 10_000);
}

afterEach(() => vi.restoreAllMocks());

type At = (path: string) => string;

const changes: readonly (readonly [string, (at: At) => Promise<unknown>])[] = [
  [
    'a source of the same size and time',
    async (at) => {
      const { atime, mtime } = await stat(at('src/greet.ts'));
      await writeFile(at('src/greet.ts'), "export const greet = 'HELLO';");
      await utimes(at('src/greet.ts'), atime, mtime);
    },
  ],
  ['a source too many', (at) => writeFile(at('src/predictor.mts'), '')],
  ['a folder in a package', (at) => mkdir(at('node_modules/.store/plus-1/prebuilds'))],
  [
    'another release of a package',
    async (at) => {
      await symlink('.store/plus-2', at('node_modules/next'));
      await rename(at('node_modules/next'), at('node_modules/plus'));
    },
  ],
  [
    'a package that is found before another',
    async (at) => {
      await mkdir(at('src/node_modules/plus'), { recursive: true });
      await writeFile(at('src/node_modules/plus/index.js'), 'exports.plus = 3;');
    },
  ],
  ['a file of a package that stays whole', (at) => writeFile(at('node_modules/words/data/words.txt'), 'two')],
  ['what tsconfig.json extends', (at) => writeFile(at('tsconfig.base.json'), '{"compilerOptions": {}}')],
  ['a module of the bundle', (at) => appendFile(at('.optml/app/dist/train.js'), '//')],
  ['the record', (at) => writeFile(at('.optml/app/bundle-record.json'), '{"key":')],
];

test('a bundle is made once, and again after each change of what it depends on', async () => {
  const { bundle, at } = await start();
  moveClock();
  const first = await bundle();

  const again = await bundle();

  expect([first.isNew, again.isNew]).toEqual([true, false]);
  expect(again.report).toEqual(first.report);
  for (const [name, change] of changes) {
    await change(at);
    expect([name, (await bundle()).isNew]).toEqual([name, true]);
    expect([name, (await bundle()).isNew]).toEqual([name, false]);
  }
});

test('a bundle that was not tested is made again to be tested', async () => {
  const { bundle } = await start({ isReal: true });
  moveClock();

  const made = [await bundle(), await bundle(true), await bundle(true), await bundle()];

  expect(made.map(({ isNew }) => isNew)).toEqual([true, true, false, false]);
});

test('a bundle of what was changed a moment ago is made again', async () => {
  const { bundle } = await start();

  const made = [await bundle(), await bundle()];

  expect(made.map(({ isNew }) => isNew)).toEqual([true, true]);
});
