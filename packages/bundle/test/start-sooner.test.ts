/** What an author's modules say is what their bundle does, though it begins sooner. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundleProgram } from '../src/bundle-program.ts';

const run = promisify(execFile);

/** Bundles `source` as a program, with other files beside it; gives the file. */
async function bundle(source: string, others: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-program-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'package.json'), '{"type": "module"}');
  await writeFile(join(directory, 'src/main.ts'), source);
  for (const [name, text] of Object.entries(others)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await bundleProgram({ main: 'src/main.ts' }, { directory, sooner: /\.ts$/ });
  return join(directory, 'dist/main.js');
}

test.each([
  ['the whole of it', "import fs from 'node:fs';\nconst found = typeof fs.readFileSync;"],
  ['under another name', "import files from 'fs';\nconst found = typeof files.readFileSync;"],
  ['as a namespace', "import * as fs from 'node:fs';\nconst found = typeof fs.readFileSync;"],
  ['a name of it', "import { readFileSync } from 'node:fs';\nconst found = typeof readFileSync;"],
  [
    'a name of it under another, beside a type',
    "import { type Stats, readFileSync as read } from 'node:fs';\nconst found: string = typeof read;\nexport type Found = Stats;",
  ],
  ['its default by name', "import { default as fs } from 'node:fs';\nconst found = typeof fs.readFileSync;"],
  ['HTTP', "import http, { get } from 'node:http';\nconst found = typeof http.request && typeof get;"],
  ['HTTP as a namespace', "import * as http from 'node:http';\nconst found = typeof http.request;"],
  [
    'HTTP when it is needed',
    "const http = await import('node:http');\nconst found = typeof http.default.request;",
  ],
  [
    'functions of it, one under another name, on lines of their own',
    "import {\n  type FileHandle,\n  readFile,\n  writeFile as write,\n} from 'node:fs/promises';\nconst found = (await readFile(import.meta.filename)).length > 9 && typeof write;\nexport type Found = FileHandle;",
  ],
  [
    'what is not a function',
    "import { access, constants } from 'node:fs/promises';\nconst found = constants.R_OK === 4 && typeof access;",
  ],
  ['the process', "import process from 'node:process';\nconst found = typeof process.exit;"],
])('a bundle has the module of Node that was imported: %s', async (_, source) => {
  const { stdout } = await run(process.execPath, [await bundle(`${source}\nconsole.log(found);\n`)]);

  expect(stdout).toBe('function\n');
});

test('a line of a bundle is found in the source, where names are imported on lines of their own', async () => {
  const imports = [
    "import {\n  type FileHandle,\n} from 'node:fs/promises';",
    "import {\n  readFile,\n  writeFile,\n} from 'node:fs/promises';",
    "import {\n  existsSync,\n  statSync as stat,\n} from 'node:fs';",
    "import {\n  z,\n} from 'zod';",
  ];
  const source = [
    ...imports,
    'export type Unused = FileHandle;',
    'export const used = [readFile, writeFile, existsSync, stat, z];',
    "throw new Error('line 17');",
  ].join('\n');

  const zod = { 'node_modules/zod/index.js': 'export const z = {};' };

  const ended = run(process.execPath, ['--enable-source-maps', await bundle(source, zod)]);

  await expect(ended).rejects.toMatchObject({ stderr: expect.stringMatching(/src\/main\.ts:17:7\)?$/m) });
});

test('a start that calls none of the functions of files does not load them', async () => {
  const source =
    "import { readFile } from 'node:fs/promises';\nif (process.argv.length > 9) await readFile('');";
  const show =
    "console.log(process.moduleLoadList.filter((name) => name === 'NativeModule internal/fs/promises').length);";

  const { stdout } = await run(process.execPath, [await bundle(`${source}\n${show}\n`)]);

  expect(stdout).toBe('0\n');
});

test.each([
  ['nothing that calls require', 'export const found = 1;', false],
  ['what calls it', "import found from './old.cjs';\nconsole.log(found);", true],
])('a bundle of %s has a require: %s', async (_, source, has) => {
  const file = await bundle(source, { 'src/old.cjs': "module.exports = require('node:os').EOL;" });

  expect((await readFile(file, 'utf8')).includes('createRequire')).toBe(has);
});

test('a module that is not there ends the build, and is named with the line that imports it', async () => {
  await expect(bundle("import './nothing.ts';\n")).rejects.toMatchObject({
    code: 'DEPENDENCY_MISSING',
    message: expect.stringMatching(/^src\/main\.ts:1:8: cannot find "\.\/nothing\.ts"/),
  });
});
