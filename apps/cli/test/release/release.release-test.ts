/** A release from a clean clone, and what others get of it. */

import { execFileSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { runProgram, startProgram } from '../templates/run-program.ts';
import { type LocalRegistry, startLocalRegistry } from './local-registry.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const tools = join(workspace, '.optml/release/node_modules/.bin');
const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
const pnpm = ['npx', '--yes', (await read(join(workspace, 'package.json'))).packageManager as string];

/** The folder of each package that is published, by its name. */
const published = await findPublished();

let folder: string;
let clone: string;
let addRepository: string;
let registry: LocalRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-release-'));
  clone = join(folder, 'clone');
  addRepository = `--config.pnpmfile=${join(clone, '.ci/add-repository.mjs')}`;
  registry = await startLocalRegistry(join(folder, 'registry'));
  execFileSync('git', ['clone', '-q', workspace, clone]);
  execFileSync('git', ['switch', '-q', '-C', 'main'], { cwd: clone });
  await runProgram(clone, [...pnpm, 'install', '--frozen-lockfile', '--prefer-offline']);
  // `pnpm release` without the checks, which belong to every change; what is built already comes from the cache.
  const git = execFileSync('git', ['rev-parse', '--path-format=absolute', '--git-common-dir'], {
    cwd: workspace,
    encoding: 'utf8',
  });
  const cache = `TURBO_CACHE_DIR=${join(git.trim(), '../.turbo/cache')}`;
  await runProgram(clone, ['env', cache, ...pnpm, 'build']);
  await runWithRegistry(clone, [...pnpm, addRepository, '-r', 'publish', '--access', 'public']);
});

afterAll(async () => {
  await registry?.end();
  await rm(folder, { recursive: true, force: true });
});

async function findPublished(): Promise<readonly (readonly [name: string, path: string])[]> {
  const found: [string, string][] = [];
  for (const kind of ['packages', 'apps']) {
    for (const path of (await readdir(join(workspace, kind))).map((name) => `${kind}/${name}`)) {
      const manifest = await read(join(workspace, path, 'package.json'));
      if (manifest.private !== true) found.push([manifest.name, path]);
    }
  }
  return found;
}

/** Runs a program that knows no registry but ours. */
function runWithRegistry(cwd: string, words: readonly string[]) {
  const { url, config } = registry;
  const names = { NPM_CONFIG_USERCONFIG: config, npm_config_userconfig: config, npm_config_registry: url };
  return runProgram(cwd, ['env', ...Object.entries(names).map((pair) => pair.join('=')), ...words]);
}

/** What the registry says of `path`. */
async function ask(path: string): Promise<unknown> {
  return (await fetch(new URL(path, registry.url))).json();
}

test('a release publishes every package in one version, and leaves the clone clean', async () => {
  const { version } = await read(join(clone, 'apps/cli/package.json'));
  const found = await Promise.all(
    published.map(async ([name]) => {
      const { 'dist-tags': tags } = (await ask(name)) as { 'dist-tags'?: { latest: string } };
      return [name, tags?.latest];
    }),
  );
  expect(found).toEqual(published.map(([name]) => [name, version]));
  expect(execFileSync('git', ['status', '--short'], { cwd: clone, encoding: 'utf8' })).toBe('');
});

test('a change to one package releases all that are published', async () => {
  await runProgram(clone, [...pnpm, 'change', '@optml/codecs', '--bump', 'major', '--summary', 'a test']);
  onTestFinished(() => void execFileSync('git', ['clean', '-fdq'], { cwd: clone }));
  const { out } = await runProgram(clone, [...pnpm, 'change', 'status']);
  const released = [...out.matchAll(/^ +(\S+): \S+ → 1\.0\.0 /gm)].map(([, name]) => name);
  expect(released.sort()).toEqual(published.map(([name]) => name).sort());
});

test.each(published)('the package %s is packed by pnpm only', async (name, path) => {
  const refused = runProgram(join(workspace, path), ['npm', 'pack', '--dry-run']);
  await expect(refused).rejects.toThrow(
    new RegExp(
      `cannot pack ${name} with npm, .*"(catalog:|workspace:\\*)".*: run "npx --yes pnpm@\\S+ pack" here`,
    ),
  );
});

test("a release to npm's own registry is refused without a repository, and every package gets it from one place", async () => {
  const check = (url: string) =>
    startProgram(clone, ['env', `npm_config_registry=${url}`, 'node', '.ci/check-release.mjs']).outcome;
  expect(await check('https://registry.npmjs.org/')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^cannot release to \S+: package\.json has no "repository"/),
  });
  expect(await check(registry.url)).toMatchObject({ code: 0, err: '' });
  const url = 'git+https://example.com/team/optml.git';
  onTestFinished(() => void execFileSync('git', ['checkout', '-q', 'package.json'], { cwd: clone }));
  await writeFile(
    join(clone, 'package.json'),
    JSON.stringify({ ...(await read(join(clone, 'package.json'))), repository: url }),
  );

  const allowed = await check('https://registry.npmjs.org/');
  const place = await mkdtemp(join(folder, 'packed-'));
  await runProgram(join(clone, 'packages/codecs'), [
    ...pnpm,
    addRepository,
    'pack',
    '--pack-destination',
    place,
  ]);
  const [packed = ''] = await readdir(place);
  execFileSync('tar', ['-xzf', packed], { cwd: place });

  expect(allowed).toMatchObject({ code: 0, err: '' });
  expect(await read(join(place, 'package/package.json'))).toMatchObject({
    repository: { type: 'git', url, directory: 'packages/codecs' },
  });
});

test('npm publishes no package either', async () => {
  const refused = runProgram(join(workspace, 'packages/entrypoint'), ['npm', 'publish', '--dry-run']);
  await expect(refused).rejects.toThrow('cannot pack @optml/entrypoint with npm');
});

test.each(published)('what is published of %s is whole: licence, types, links', async (name, path) => {
  const place = join(folder, 'fetched', path);
  await mkdir(place, { recursive: true });
  const { version } = await read(join(clone, path, 'package.json'));
  const { dist } = (await ask(`${name}/${version}`)) as { dist: { tarball: string } };
  const packed = join(place, 'package.tgz');
  await writeFile(packed, Buffer.from(await (await fetch(dist.tarball)).arrayBuffer()));
  execFileSync('tar', ['-xzf', packed], { cwd: place });
  const unpacked = join(place, 'package');
  await access(join(unpacked, 'LICENSE'));
  expect(await readFile(join(unpacked, 'package.json'), 'utf8')).not.toMatch(/"(catalog|workspace):/);
  await expectLinksToWork(unpacked);
  await runProgram(place, ['publint', '--strict', packed]);
  await runProgram(place, [join(tools, 'attw'), '--profile', 'esm-only', packed]);
});

/** A document's links lead to other places of the web, to headings, or to files of the package. */
async function expectLinksToWork(unpacked: string): Promise<void> {
  const files = await readdir(unpacked, { recursive: true });
  const documents = files.filter((file) => file.endsWith('.md'));
  for (const document of documents) {
    const text = await readFile(join(unpacked, document), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const local = links
      .filter((link) => !/^(https:\/\/|#)/.test(link))
      .map((link) => link.replace(/#.*/, ''));
    expect(files, document).toEqual(
      expect.arrayContaining(local.map((link) => posix.join(posix.dirname(document), link))),
    );
  }
  expect(documents).toContain('README.md');
}

const stories = [
  {
    template: 'tree',
    question: ['--data', '6.7,3.3,5.7,2.5', '--accept', 'application/json'],
    answer: { predictions: ['virginica'] },
  },
  {
    template: 'function',
    question: ['--data', '{"instances": [{"weight_kg": 80, "height_m": 2}]}'],
    answer: { predictions: [{ bmi: 20 }] },
  },
].flatMap((story) => [
  { ...story, manager: 'npm', program: ['npm'], execute: ['exec', '--yes', '--'] },
  { ...story, manager: 'pnpm', program: pnpm, execute: ['dlx'] },
]);

test.each(stories)('the template $template installs with $manager, and runs', async (story) => {
  const { template, question, answer, manager, program, execute } = story;
  const home = join(folder, manager);
  await mkdir(home, { recursive: true });
  // npm keeps what it once executed; a cache of its own has nothing of an earlier release.
  const fresh = manager === 'npm' ? ['env', `npm_config_cache=${join(folder, 'cache')}`] : [];
  await runWithRegistry(home, [
    ...fresh,
    ...program,
    ...execute,
    'optml',
    'init',
    template,
    '--template',
    template,
  ]);
  const project = join(home, template);
  await runWithRegistry(project, [...program, 'install']);
  if (template === 'tree') await runWithRegistry(project, [...program, 'run', 'train']);

  const optml = join(project, 'node_modules/.bin/optml');
  const server = startProgram(project, [optml, 'serve', '--port', '0']);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  const url = await server.waitFor(/^http:\S+$/m);
  const asked = await runProgram(project, [optml, 'invoke', '--url', url, ...question]);
  expect(JSON.parse(asked.out)).toEqual(answer);
  server.child.kill('SIGTERM');
  expect(await server.outcome).toMatchObject({ code: 0 });
});
