/** Packages made for one case each, in bundles that run elsewhere. */

import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleProject } from '../src/bundle/bundle-project.ts';
import { findProject } from '../src/project/find-project.ts';
import { makeSmallProject } from './make-project.ts';
import { makeRoot, moveBundle, runBundle } from './run-bundle.ts';

/** Bundles a training module that writes `value`, moves and runs it; gives the value and the report. */
async function run(
  imports: string,
  value: string,
  packages: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
) {
  const source = `${imports}
import { writeFileSync } from 'node:fs';
import { defineTraining } from '@optml/train';
export default defineTraining({
  run: async () => writeFileSync(process.env.SAGEMAKER_BASE_DIR + '/model/value.json', JSON.stringify(${value})),
});
`;
  const files = Object.entries(packages).map(([file, text]) => [`node_modules/${file}`, text] as const);
  const folder = await makeSmallProject({ 'src/train.ts': source, ...Object.fromEntries(files) });
  for (const [name, target] of Object.entries(links))
    await symlink(target, join(folder, 'node_modules', name));
  const report = await bundleProject(await findProject(folder), { outputDirectory: join(folder, 'out') });
  const app = await moveBundle(join(folder, 'out'));
  const root = await makeRoot();
  const { exitCode, output } = await runBundle(app, ['train'], root);
  expect(exitCode, output).toBe(0);
  const carried = report.carried.map(({ name, version }) => `${name} ${version}`);
  return { value: JSON.parse(await readFile(join(root, 'model/value.json'), 'utf8')), carried };
}

const reader = (name: string, version: string) => ({
  'package.json': `{"name": "${name}", "version": "${version}"}`,
  'index.js': "exports.read = () => require('node:fs').readFileSync(__dirname + '/data.txt', 'utf8');",
  'data.txt': `${name} ${version}`,
});

const at = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

test('two versions of a package that stays whole are each found by those that import them', async () => {
  const { value, carried } = await run(
    "import { read } from 'reader';\nimport { inner } from 'plain';",
    '[read(), inner()]',
    {
      ...at('reader', reader('reader', '1.0.0')),
      'plain/package.json': '{"name": "plain", "type": "module", "main": "index.js"}',
      'plain/index.js': "import { read } from 'reader';\nexport const inner = read;",
      ...at('plain/node_modules/reader', reader('reader', '2.0.0')),
    },
  );

  expect(value).toEqual(['reader 1.0.0', 'reader 2.0.0']);
  expect(carried).toEqual(['reader 1.0.0', 'reader 2.0.0']);
});

test('a package that is installed by another name is found', async () => {
  const { value, carried } = await run(
    "import { read } from 'alias';",
    'read()',
    {
      ...at('.store/node_modules/reader', reader('reader', '1.0.0')),
    },
    { alias: '.store/node_modules/reader' },
  );

  expect(value).toBe('reader 1.0.0');
  expect(carried).toEqual(['reader 1.0.0']);
});

test('a package that stays whole shares what it depends on with the bundle', async () => {
  const { value, carried } = await run(
    "import { make } from 'maker';\nimport { Tensor } from 'common';",
    'make() instanceof Tensor',
    {
      'maker/package.json': '{"name": "maker", "version": "1.0.0", "dependencies": {"common": "1"}}',
      'maker/index.js': "exports.make = () => new (require('common').Tensor)();\nexports.folder = __dirname;",
      'common/package.json': '{"name": "common", "version": "1.0.0"}',
      'common/index.js': 'exports.Tensor = class Tensor {};',
    },
  );

  expect(value).toBe(true);
  expect(carried).toEqual(['common 1.0.0', 'maker 1.0.0']);
});

test('a package of which only a file is asked for is carried', async () => {
  const { value, carried } = await run(
    "import { readFileSync } from 'node:fs';\nimport { fileURLToPath } from 'node:url';\nconst url = import.meta.resolve('model/model.onnx');",
    "readFileSync(fileURLToPath(url), 'utf8')",
    { 'model/package.json': '{"name": "model", "version": "1.0.0"}', 'model/model.onnx': 'weights' },
  );

  expect(value).toBe('weights');
  expect(carried).toEqual(['model 1.0.0']);
});

test.each([
  ["() => import('fast').catch(() => 'slow')", []],
  ['async () => { try { return await load(); } catch { return "slow"; } }', ['careful 1.0.0']],
])('a package that misses an optional one runs without it: %s', async (speed, expected) => {
  const { value, carried } = await run("import { speed } from 'careful';", 'await speed()', {
    'careful/package.json': '{"name": "careful", "version": "1.0.0", "type": "module", "main": "index.js"}',
    'careful/index.js': speed.includes('load')
      ? `const load = () => import('fast');\nexport const speed = ${speed};`
      : `export const speed = ${speed};`,
  });

  expect(value).toBe('slow');
  expect(carried).toEqual(expected);
});

test.each([
  [
    'an ES module',
    '{"name": "kind", "version": "1.0.0", "type": "module", "exports": "./index.js"}',
    'export const here = import.meta.url.slice(-8);\nexport default 1;',
  ],
  [
    'a module of the older format',
    '{"name": "kind", "version": "1.0.0"}',
    'const all = { here: __filename.slice(-8), default: 1 };\nfor (const key in all) module.exports[key] = all[key];',
  ],
])('names of %s outside the bundle are found', async (_, manifest, text) => {
  const { value } = await run("import { here } from 'kind';", 'here', {
    'kind/package.json': manifest,
    'kind/index.js': text,
  });

  expect(value).toBe('index.js');
});

test.each(['bundled', 'carried'])(
  'names of an older module that is imported late are found: %s',
  async (kind) => {
    const { value, carried } = await run(
      '',
      "await import('old').then((old) => [old.one, old.default.one])",
      {
        'old/package.json': '{"name": "old", "version": "1.0.0"}',
        'old/index.js': `exports.one = 1;\n${kind === 'carried' ? 'exports.here = __dirname;' : ''}`,
      },
    );

    expect(value).toEqual([1, 1]);
    expect(carried).toEqual(kind === 'carried' ? ['old 1.0.0'] : []);
  },
);

test('a native module that was never built is refused with what to run', async () => {
  const failed = run("import 'addon';", '1', {
    'addon/package.json': '{"name": "addon", "version": "1.0.0"}',
    'addon/binding.gyp': '{}',
    'addon/index.js': "module.exports = require('./build/Release/addon.node');",
  });

  await expect(failed).rejects.toMatchObject({
    code: 'NATIVE_NOT_BUILT',
    message: expect.stringContaining('npm rebuild addon'),
  });
});
