import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { resolvePaths } from '@optml/contract/paths';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { warnOfModel } from './warn-of-model.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-model-'));
});

afterEach(() => rm(root, { recursive: true }));

const noModel = () =>
  `training succeeded but left no model: ${root}/model contains no files; write the model there (a program finds the folder in SM_MODEL_DIR)`;
const linked = (names: string) =>
  `the model in ${root}/model has symbolic links, which an endpoint cannot unpack: ${names}; replace them with copies of the files`;

async function warn(): Promise<readonly string[]> {
  const warnings: string[] = [];
  await warnOfModel({
    paths: resolvePaths(root),
    environment: {},
    writeLine: (line) => warnings.push(line.replace(/^WARN +/, '')),
  });
  return warnings;
}

const configure = async (text: string) => {
  await mkdir(join(root, 'input/config'), { recursive: true });
  await writeFile(join(root, 'input/config/resourceconfig.json'), text);
};

const hosts = (current: string, ...all: readonly string[]) =>
  configure(JSON.stringify({ current_host: current, hosts: all }));

/** What is there, by its path below `model`: a folder, a file, or a link and where it leads. */
async function make(entries: Readonly<Record<string, 'folder' | 'file' | { readonly to: string }>>) {
  for (const [name, kind] of Object.entries(entries)) {
    const path = join(root, 'model', name);
    await mkdir(kind === 'folder' ? path : dirname(path), { recursive: true });
    if (kind === 'file') await writeFile(path, 'x');
    else if (kind !== 'folder') await symlink(kind.to, path);
  }
}

test.each([
  [{}, () => [noModel()]],
  [{ '.': 'folder' }, () => [noModel()]],
  [{ 'a/b': 'folder', c: 'folder' }, () => [noModel()]],
  [{ 'a/b/model.bin': 'file' }, () => []],
  [{ '.hidden': 'file' }, () => []],
  [{ a: 'file', 'b/latest': { to: '../a' }, out: { to: '/tmp' } }, () => [linked('b/latest, out')]],
  [{ only: { to: '/nowhere' } }, () => [linked('only')]],
  [
    Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`l${index + 10}`, { to: 'a' }])),
    () => [linked('l10, l11, l12, l13, l14, l15, l16, l17, l18, l19 and 2 more')],
  ],
] as const)('of a model of %j the log says what is wrong with it', async (entries, expected) => {
  await hosts('algo-1', 'algo-1');
  await make(entries);

  expect(await warn()).toEqual(expected());
});

test.each([
  ['the leader', () => hosts('algo-1', 'algo-2', 'algo-1'), true],
  ['another host', () => hosts('algo-2', 'algo-1', 'algo-2'), false],
  ['a host without a config', () => mkdir(join(root, 'model')), true],
  ['a host whose config says nothing', () => configure('{}'), true],
])(
  'an empty folder on %s is worth a warning only where the model is expected',
  async (_who, prepare, isExpected) => {
    await prepare();

    expect(await warn()).toEqual(isExpected ? [noModel()] : []);
  },
);

test('links are told of on every host, whose models arrive as one', async () => {
  await hosts('algo-2', 'algo-1', 'algo-2');
  await make({ link: { to: 'a' } });

  expect(await warn()).toEqual([linked('link')]);
});

test('a folder that cannot be read is said to be that, and no more', async () => {
  await writeFile(join(root, 'model'), '');

  expect(await warn()).toEqual([
    expect.stringMatching(/\/model cannot be read at the end of the job: ENOTDIR/),
  ]);
});
