import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findCarryReason } from './find-carry-reason.ts';
import { packageOfFile } from './installed-package.ts';

async function find(
  files: Readonly<Record<string, string>>,
  architecture = 'amd64',
): Promise<string | undefined> {
  const root = await mkdtemp(join(tmpdir(), 'optml-carry-reason-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const folder = join(root, 'node_modules/some');
  for (const [file, text] of Object.entries({ 'index.js': '', ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const index = join(folder, 'index.js');
  const installed = packageOfFile(index);
  return installed && findCarryReason(installed, { files: [index], architecture });
}

test.each([
  [{ 'build/Release/some.node': '' }, 'has the native module build/Release/some.node'],
  [{ 'bin/darwin/some.node': '', 'bin/linux/some.node': '' }, 'has the native module bin/linux/some.node'],
  [{ 'bin/darwin/some.node': '' }, 'has the native module bin/darwin/some.node'],
  [{ 'binding.gyp': '', 'package.json': '{}' }, 'builds a native module, see binding.gyp'],
  [{ 'dist/deep/some_bg.wasm': '' }, 'has the WebAssembly file dist/deep/some_bg.wasm'],
  [{ 'lib/libsome.so.1.2': '' }, 'has the native library lib/libsome.so.1.2'],
  [
    { 'package.json': '{"optionalDependencies": {"@some/core-linux-x64-gnu": "1"}}' },
    'has native code in packages such as @some/core-linux-x64-gnu',
  ],
  [
    {
      'package.json': '{"optionalDependencies": {"fast": "1"}}',
      'node_modules/fast/package.json': '{"os": ["linux"]}',
    },
    'has native code in packages such as fast',
  ],
  [{ 'index.js': '\nfs.readFile(__dirname + "/x")' }, 'looks for files beside its code (index.js:2)'],
  [{ 'index.js': 'new URL("model.bin", import.meta.url)' }, 'looks for files beside its code (index.js:1)'],
  [{ 'index.js': 'require.resolve("./worker")' }, 'looks for files beside its code (index.js:1)'],
  [{ 'index.js': 'require(name)' }, 'loads modules by a name that is not written out (index.js:1)'],
  [
    { 'index.js': 'import(join(folder, name))' },
    'loads modules by a name that is not written out (index.js:1)',
  ],
  [
    { 'index.js': "/* first\n line */ require('./' + name)" },
    'loads modules by a name that is not written out (index.js:2)',
  ],
])('%j must stay whole', async (files, reason) => {
  expect(await find(files)).toBe(reason);
});

test.each([
  ['amd64', { 'bin/linux/arm64/some.node': '', 'bin/linux/x64/some.node': '' }, 'bin/linux/x64/some.node'],
  ['arm64', { 'bin/linux/arm64/some.node': '', 'bin/linux/x64/some.node': '' }, 'bin/linux/arm64/some.node'],
  ['amd64', { 'linux-arm64.node': '', 'linux-x64.node': '', 'win32-x64.node': '' }, 'linux-x64.node'],
  [
    'amd64',
    {
      'package.json':
        '{"optionalDependencies": {"@a/darwin-arm64": "1", "@a/linux-arm64": "1", "@a/linux-x64": "1"}}',
    },
    '@a/linux-x64',
  ],
])('for %s, of %j the one for it is the reason', async (architecture, files, name) => {
  expect(await find(files, architecture)).toMatch(new RegExp(` ${name}$`));
});

test.each([
  { 'index.js': "const a = require('./a'); export const b = () => import('./b.js');" },
  { 'index.js': "// require(name) in __dirname\n/* import(name) */ const c = 'https://a.b/c';" },
  { 'index.js': 'import(/* webpackIgnore: true */ "b")' },
  { 'README.md': 'require(name)', 'test/other.js': '__dirname' },
  { 'package.json': '{"optionalDependencies": {"bufferutil": "1"}}' },
  { 'node_modules/other/other.node': '' },
])('%j may become part of a bundle', async (files) => {
  expect(await find(files)).toBe(undefined);
});
