import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assertNoFiles } from './check-modules.ts';

async function check(text: string): Promise<() => void> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-modules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'train.ts'), text);
  await writeFile(join(folder, 'labels.json'), '[]');
  return () => assertNoFiles([join(folder, 'train.ts')], folder);
}

test.each([
  [
    "await readFile(new URL('./labels.json', import.meta.url));",
    'train.ts:1 looks for ./labels.json: a bundle has',
  ],
  [
    "\nnew Worker(new URL('./work.ts', import.meta.url));",
    'train.ts:2 names the module ./work.ts, which is not in the bundle: import it with a literal path, or, if a worker or another process runs it, put it into a package',
  ],
  ["readFileSync(join(import.meta.dirname, 'a'));", 'train.ts:1 looks for a file by import.meta.dirname: '],
  [
    "readFileSync(__dirname + '/a');",
    'train.ts:1 looks for a file by __dirname: a bundle has no files beside',
  ],
  [
    'const here = path.dirname(fileURLToPath(import.meta.url));',
    'train.ts:1 looks for a file by dirname(fileURLToPath(import.meta.url)): a bundle has',
  ],
  [
    "readFileSync(join(fileURLToPath(import.meta.url), '../labels.json'));",
    'train.ts:1 looks for a file by join(fileURLToPath(import.meta.url)): a bundle has',
  ],
  [
    "readFileSync(dirname(new URL(import.meta.url).pathname) + '/a');",
    'train.ts:1 looks for a file by dirname(new URL(import.meta.url).pathname): a bundle',
  ],
  ["import.meta.resolve('./labels.json');", 'train.ts:1 looks for ./labels.json: a bundle has'],
  ["fork(import.meta.resolve('./no.ts'));", 'train.ts:1 names the module ./no.ts, which is not in'],
  [
    "const load = createRequire(import.meta.url);\nload('./labels.json');",
    'train.ts:2 looks for ./labels.json: a bundle has',
  ],
  [
    "const r = module.createRequire(import.meta.filename);\nr.resolve('../no.bin');",
    'train.ts:2 looks for a missing file ../no.bin: a bundle has',
  ],
  ["createRequire(import.meta.url)('./work.cjs');", 'train.ts:1 names the module ./work.cjs, which is not'],
  ['await import(name);', 'train.ts:1 imports name, a name that is known only when it runs: import each'],
  ["await import(join(folder, name + '.ts'));", "train.ts:1 imports join(folder, name + '.ts'), a name that"],
])('%s is refused with its place', async (text, message) => {
  const checking = await check(text);

  expect(checking).toThrow(expect.objectContaining({ code: 'FILE_MISSING' }));
  expect(checking).toThrow(message);
});

test.each([
  "import labels from './labels.json' with { type: 'json' };",
  "await import('./other.ts');",
  "const require = createRequire(import.meta.url);\nrequire('node:os');",
  "import { createRequire } from 'node:module';\nimport.meta.resolve('onnxruntime-node');",
  "const load = createRequire(join(modelDirectory, 'package.json'));\nload('./labels.json');",
  'if (process.argv[1] === fileURLToPath(import.meta.url)) start();',
  '// new URL("./labels.json", import.meta.url), import.meta.dirname\n/* __dirname */',
  "await import(pathToFileURL(join(modelDirectory, 'model.mjs')).href);",
])('%s is no reason to refuse', async (text) => {
  expect(await check(text)).not.toThrow();
});
