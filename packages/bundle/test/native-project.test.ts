/** Projects with packages from the registry that cannot become part of a bundle, in the layouts of npm and of pnpm. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { bundleProject } from '../src/bundle/bundle-project.ts';
import { findProject } from '../src/project/find-project.ts';
import { makeNativeProject, makeSmallNativeProject } from './install-packages.ts';
import { invokeBundle, makeRoot, moveBundle, runBundle } from './run-bundle.ts';

const train = `
import { crc32 } from '@node-rs/crc32';
import { defineTraining } from '@optml/train';
import { hashSync } from 'bcrypt';
import { SourceMapConsumer } from 'source-map';
import { z } from 'zod';

export default defineTraining({
  hyperparameters: z.object({}),
  channels: {},
  metrics: {},
  async run({ model }) {
    const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' };
    const source = await SourceMapConsumer.with(map, null, (one) => one.originalPositionFor({ line: 1, column: 0 }).source);
    await model.write('facts.json', JSON.stringify({ crc: crc32('hello'), hash: hashSync('x', 4).length, source }));
  },
});
`;

const predictor = `
import { definePredictor } from '@optml/serve/predictor';
import { ModelOperations } from '@vscode/vscode-languagedetection';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.string()),
  output: z.array(z.string()),
  load: () => new ModelOperations({ minContentSize: 1 }),
  predict: (texts, { model }) =>
    Promise.all(texts.map(async (text) => (await model.runModel(text))[0]?.languageId ?? 'none')),
});
`;

const bcryptOnly = `
import '@optml/serve/predictor';
import { hashSync } from 'bcrypt';

export const modelFn = () => hashSync('x', 4);
export const predictFn = (_: unknown, model: string) => model.length;
`;

const crc32Only = `
import { crc32 } from '@node-rs/crc32';
import { defineTraining } from '@optml/train';

export default defineTraining({ run: () => crc32('hello') });
`;

const host = process.arch === 'arm64' ? 'arm64' : 'amd64';
const other = host === 'arm64' ? 'amd64' : 'arm64';
const cpuOf = { amd64: 'x64', arm64: 'arm64' };

test.each(['npm', 'pnpm'] as const)(
  "native modules, WebAssembly and a model beside its code run from %s's layout, elsewhere",
  async (layout) => {
    const folder = await makeNativeProject(layout, { 'src/train.ts': train, 'src/predictor.ts': predictor });
    const outputDirectory = join(folder, '.optml/bundle');

    const report = await bundleProject(await findProject(folder), { outputDirectory });
    const app = await moveBundle(outputDirectory);
    await rm(join(folder, 'node_modules'), { recursive: true });
    const root = await makeRoot();
    const trained = await runBundle(app, ['train'], root);
    const code = 'import os\nfor a in range(10):\n    print(os.path.join(a, 1))\n';
    const served = await invokeBundle(app, root, [code]);

    expect(trained.exitCode, trained.output).toBe(0);
    expect(JSON.parse(await readFile(join(root, 'model/facts.json'), 'utf8'))).toEqual({
      crc: 907060870,
      hash: 60,
      source: 'a.ts',
    });
    expect(served).toEqual({ answer: '{"predictions":["py"]}', exitCode: 0 });
    expect(Object.fromEntries(report.carried.map(({ name, reason }) => [name, reason]))).toEqual({
      '@node-rs/crc32': expect.stringMatching(/^has native code in packages such as @node-rs\/crc32-/),
      [`@node-rs/crc32-linux-${cpuOf[host]}-gnu`]: expect.stringMatching(/^has the native module .*\.node$/),
      '@vscode/vscode-languagedetection': expect.stringMatching(
        /^looks for files beside its code \(.*:\d+\)$/,
      ),
      bcrypt: expect.stringMatching(/^has the native module prebuilds\//),
      'node-addon-api': 'bcrypt depends on it',
      'node-gyp-build': 'bcrypt depends on it',
      'source-map': 'has the WebAssembly file lib/mappings.wasm',
    });
    const bcrypt = report.carried.find(({ name }) => name === 'bcrypt');
    expect(bcrypt?.leftOutBytes).toBeGreaterThan(bcrypt?.bytes as number);
    expect(await readdir(join(app, 'node_modules/bcrypt/prebuilds'))).toEqual([`linux-${cpuOf[host]}`]);
  },
);

test('a bundle for another processor has the native modules of that one, and is loaded with those of this', async () => {
  const folder = await makeSmallNativeProject('npm', { 'src/predictor.ts': bcryptOnly });
  const outputDirectory = join(folder, '.optml/bundle');

  await bundleProject(await findProject(folder), { outputDirectory, platform: { architecture: other } });

  expect(await readdir(join(outputDirectory, 'node_modules/bcrypt/prebuilds'))).toEqual([
    `linux-${cpuOf[other]}`,
  ]);
});

test('a package that is installed for this platform alone is refused for another, with what to run', async () => {
  const folder = await makeSmallNativeProject('npm', { 'src/train.ts': crc32Only });
  const outputDirectory = join(folder, '.optml/bundle');

  const failed = bundleProject(await findProject(folder), {
    outputDirectory,
    platform: { architecture: other },
  });

  await expect(failed).rejects.toMatchObject({
    code: 'NATIVE_PLATFORM',
    message: expect.stringMatching(
      new RegExp(
        `^@node-rs/crc32 1\\.10\\.8 is installed for other platforms only \\(@node-rs/crc32-linux-${cpuOf[host]}-gnu\\).*linux/${other}.*--cpu=${cpuOf[other]}`,
      ),
    ),
  });
  expect(await readdir(folder)).not.toContain('.optml/bundle');
});

test('a development dependency that would have to be carried is refused', async () => {
  const source = bcryptOnly.replace(
    "{ hashSync } from 'bcrypt'",
    "{ compressSync as hashSync } from 'snappy'",
  );
  const folder = await makeSmallNativeProject('pnpm', { 'src/predictor.ts': source });

  const failed = bundleProject(await findProject(folder), { outputDirectory: join(folder, 'out') });

  await expect(failed).rejects.toMatchObject({
    code: 'DEPENDENCY_DEV',
    message: expect.stringMatching(/^snappy has native code .*"devDependencies": move it to "dependencies"$/),
  });
});

test("a bundle with packages is not written into the project's own folder", async () => {
  const folder = await makeSmallNativeProject('npm', { 'src/predictor.ts': bcryptOnly });

  const failed = bundleProject(await findProject(folder), { outputDirectory: folder });

  await expect(failed).rejects.toMatchObject({ code: 'OUTPUT_INVALID' });
});
