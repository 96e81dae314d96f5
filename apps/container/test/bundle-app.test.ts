/** What an author's modules say is what their bundle does, though it begins sooner. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const bundleApp = fileURLToPath(new URL('../../../bundle-app.mjs', import.meta.url));

/** Bundles `source` as the module of an application. */
async function bundle(source: string): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'optml-bundle-'));
  onTestFinished(() => rm(workspace, { recursive: true }));
  const folder = join(workspace, 'apps/own');
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'src/main.ts'), source);
  await run(process.execPath, [bundleApp, 'src/main.ts'], { cwd: folder });
  return join(folder, 'dist/main.js');
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
  const failed = bundle("import './nothing.ts';\n");

  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/src\/main\.ts:1:7.*nothing\.ts/s),
  });
});
