/** What an author's modules say is what their bundle does, though it begins sooner. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundleProgram } from '../src/bundle-program.ts';

const run = promisify(execFile);

/** Bundles `source` as a program; gives the file. */
async function bundle(source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optml-program-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'package.json'), '{"type": "module"}');
  await writeFile(join(directory, 'src/main.ts'), source);
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
  ['the process', "import process from 'node:process';\nconst found = typeof process.exit;"],
])('a bundle has the module of Node that was imported: %s', async (_, source) => {
  const { stdout } = await run(process.execPath, [await bundle(`${source}\nconsole.log(found);\n`)]);

  expect(stdout).toBe('function\n');
});

test('a module that is not there ends the build, and is named with the line that imports it', async () => {
  await expect(bundle("import './nothing.ts';\n")).rejects.toMatchObject({
    code: 'DEPENDENCY_MISSING',
    message: expect.stringMatching(/^src\/main\.ts:1:8: cannot find "\.\/nothing\.ts"/),
  });
});
