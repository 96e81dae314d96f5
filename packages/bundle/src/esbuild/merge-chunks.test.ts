import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { OutputFile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleModules } from './bundle-modules.ts';
import { mergeChunks } from './merge-chunks.ts';

const run = promisify(execFile);

/** Two halves that share files, of which a module that comes late needs one only. */
const modules = {
  'main.js':
    "const { name } = await import(process.argv[2] === 'a' ? './a.js' : './b.js'); console.log(name());",
  'a.js': [
    "import { first } from './first.js'; import { second } from './second.js'; import { large } from './large.js';",
    'export const name = () => first + second + large.length;',
  ].join('\n'),
  'large.js': `export const large = '${'x'.repeat(20_000)}';`,
  'b.js': "import { author } from './author.js';\nexport const name = () => author;",
  'worker.js': [
    "import { first } from './first.js'; import { second, fail } from './second.js';",
    "import { author } from './author.js'; import { large } from './large.js';",
    "console.log([first, second, author, large.length].join(), (await import('./late.js')).late);",
    'fail();',
  ].join('\n'),
  'late.js': "import { first } from './first.js';\nexport const late = 'late ' + first;",
  'later.js': "import { second } from './second.js';\nexport const later = second;",
  'other.js': "console.log((await import('./later.js')).later);",
  'first.js': "export const first = 'first';",
  'second.js':
    "import { first } from './first.js';\nexport const second = 'after ' + first;\nexport function fail() {\n  throw new Error('on purpose');\n}",
  'author.js': "export const author = 'author';",
};
const entries = ['main', 'worker', 'other'];

let directory: string;
let separate: OutputFile[];
let merged: OutputFile[];

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'optml-chunks-')));
  await mkdir(join(directory, 'dist'));
  const texts = { ...modules, 'package.json': '{ "type": "module", "sideEffects": false }' };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(directory, name), text);
  const options = { directory, outputDirectory: join(directory, 'dist') };
  const files = entries.map((name) => [name, { file: join(directory, `${name}.js`) }]);
  const made = await bundleModules(Object.fromEntries(files), options);
  separate = made.outputFiles;
  merged = await mergeChunks(made, { ...options, entries, apart: new Set([join(directory, 'author.js')]) });
  for (const { path, contents } of merged) await writeFile(path, contents);
});

afterAll(() => rm(directory, { recursive: true }));

function findChunk(files: readonly OutputFile[], text: RegExp): string | undefined {
  const found = files.find((file) => file.path.endsWith('.js') && text.test(file.text));
  return found && basename(found.path);
}

test('small chunks that the same starts load become one, and what the author wrote stays apart', () => {
  const [first, second, author] = [/first ?= ?"first"/, /function fail\(\)/, /author ?= ?"author"/] as const;

  expect(findChunk(separate, first)).not.toBe(findChunk(separate, second));
  expect(findChunk(merged, first)).toBe(findChunk(merged, second));
  expect(findChunk(merged, author)).toBeDefined();
  expect(findChunk(merged, author)).not.toBe(findChunk(merged, first));
  expect(findChunk(merged, /xxxx/)).not.toBe(findChunk(merged, first));
});

test('modules with a name of their own keep it', () => {
  const names = merged.map(({ path }) => basename(path)).filter((name) => !/^chunk-|\.map$/.test(name));

  expect(names.sort()).toEqual(entries.map((name) => `${name}.js`).sort());
});

test.each([
  [['main.js', 'a'], 'firstafter first20000\n'],
  [['main.js', 'b'], 'author\n'],
  [['other.js'], 'after first\n'],
])('the merged bundle does what its modules say (%j)', async ([file, ...rest], expected) => {
  const { stdout } = await run(process.execPath, [join(directory, 'dist', file as string), ...rest]);

  expect(stdout).toBe(expected);
});

test('a trace leads to the line of the source', async () => {
  const worker = join(directory, 'dist/worker.js');
  const failed = await run(process.execPath, ['--enable-source-maps', worker]).catch(
    (error: unknown) => error,
  );

  expect(failed).toMatchObject({
    stdout: 'first,after first,author,20000 late first\n',
    stderr: expect.stringContaining(`${join(directory, 'second.js')}:4:`),
  });
});
