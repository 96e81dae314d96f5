/** Docker's engine reads odd images as we do, refuses those that we refuse, and starts what we build on them. */

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { buildImage, type LayerSource, readArchive, readDaemonImage, writeArchive } from '@optml/image';
import { createFileTree, readLayerEntries } from '@optml/image/layers';
import { digestOf } from '@optml/image/manifest';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { lintImage } from '../../src/lint/lint-image.ts';

const execute = promisify(execFile);
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const platform = { os: 'linux', architecture };

let folder: string;
let layerDirectory: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-engine-'));
  layerDirectory = join(folder, 'layers');
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function run(...[program = '', ...words]: readonly string[]): Promise<string> {
  return (await execute(program, [...words], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, { mode: 0o755 });
  }
}

/** What GNU tar makes of the named files, in this order. */
async function makeTar(...names: readonly string[]): Promise<Buffer> {
  const root = await mkdtemp(join(folder, 'tar-'));
  await write(root, Object.fromEntries(names.map((name) => [name, name])));
  await run('tar', '-cf', `${root}.tar`, '--no-recursion', '-C', root, ...names);
  return readFile(`${root}.tar`);
}

/** An archive as older engines wrote it. */
async function makeOldArchive(name: string, tars: readonly Buffer[]): Promise<string> {
  const root = await mkdtemp(join(folder, 'old-'));
  const config = {
    architecture,
    os: 'linux',
    config: { Cmd: ['x'] },
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
  };
  const layers = tars.map((_, index) => `${index}/layer.tar`);
  await write(root, {
    'config.json': JSON.stringify(config),
    'manifest.json': JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: layers }]),
  });
  for (const [index, tar] of tars.entries()) {
    await mkdir(join(root, `${index}`));
    await writeFile(join(root, `${index}/layer.tar`), tar);
  }
  await run('tar', '-cf', `${root}.tar`, '-C', root, '.');
  return `${root}.tar`;
}

/** Loads an archive into the engine, which has the image until the test ends. */
async function load(file: string, name: string): Promise<void> {
  await run('docker', 'load', '--quiet', '--input', file);
  onTestFinished(async () => void (await run('docker', 'image', 'rm', '--force', name)));
}

/** The paths below `tree/` of a container of the image. */
async function listInEngine(name: string): Promise<readonly string[]> {
  const container = (await run('docker', 'create', name)).trim();
  await run('docker', 'export', '--output', join(folder, 'export.tar'), container);
  await run('docker', 'rm', container);
  return listPaths((await run('tar', '-tf', join(folder, 'export.tar'))).split('\n'));
}

function listPaths(paths: readonly string[]): readonly string[] {
  return paths
    .map((path) => path.replace(/^\.\/|\/$/g, ''))
    .filter((path) => path.startsWith('tree/'))
    .sort();
}

test.each([
  ['an opaque folder after its siblings', ['tree/a/new', 'tree/a/.wh..wh..opq']],
  ['an opaque folder before its siblings', ['tree/a/.wh..wh..opq', 'tree/a/new']],
  [
    'deletions, and the books of aufs',
    ['.wh..wh.aufs', '.wh..wh.plnk/1.2', 'tree/a/.wh.old', 'tree/.wh.b', 'tree/new'],
  ],
])('an old archive with %s has the files that the engine sees', async (_, names) => {
  const tars = [await makeTar('tree/a/old', 'tree/a/kept/x', 'tree/b/x', 'tree/c'), await makeTar(...names)];
  const file = await makeOldArchive('optml/odd:1', tars);
  await load(file, 'optml/odd:1');

  const image = await readArchive(file, { platform, layerDirectory });

  const tree = createFileTree();
  for (const layer of image.layers) await tree.addLayer(readLayerEntries(layer));
  expect(listPaths([...tree.entries()].map(({ path }) => path))).toEqual(await listInEngine('optml/odd:1'));
});

test('a name that several images of an archive have chooses none, and a full one the image that the engine means', async () => {
  const names = ['optml/team:1', 'optml-other/team:1', 'optml-third:2'];
  for (const name of names) await load(await makeOldArchive(name, [await makeTar(`tree/${name}`)]), name);
  const file = join(folder, 'save.tar');
  await run('docker', 'save', '--output', file, ...names);
  const read = async (name: string) => {
    const { configBytes } = await readArchive(file, { platform, layerDirectory, name });
    return digestOf(configBytes);
  };

  await expect(read('1')).rejects.toMatchObject({
    code: 'BASE_NOT_FOUND',
    message: expect.stringMatching(
      /several images that "1" may mean: .*optml-other\/team:1.*optml\/team:1|optml\/team:1.*optml-other\/team:1/,
    ),
  });
  await expect(run('skopeo', 'inspect', `docker-archive:${file}`)).rejects.toThrow();

  const ids = await Promise.all(
    names.map((name) => run('docker', 'image', 'inspect', '--format', '{{.Id}}', name)),
  );
  expect(await Promise.all([...names.slice(0, 2), '2'].map(read))).toEqual(ids.map((id) => id.trim()));
});

/** A system as Debian's, with a shell and its libraries below `/usr`, that `docker import` makes an image of. */
async function importSystem(name: string): Promise<void> {
  const root = join(folder, 'system');
  const links = ['bin', 'lib', 'lib64'];
  for (const link of links) {
    await mkdir(join(root, 'usr', link), { recursive: true });
    await symlink(`usr/${link}`, join(root, link));
  }
  const libraries = [...(await run('ldd', '/bin/sh')).matchAll(/(\/\S+) \(0x/g)].map(
    ([, path]) => path ?? '',
  );
  for (const path of ['/bin/sh', ...libraries]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(await realpath(path), join(root, path));
  }
  await run('tar', '-cf', join(folder, 'system.tar'), '-C', root, '.');
  await run('docker', 'import', join(folder, 'system.tar'), name);
  onTestFinished(async () => void (await run('docker', 'image', 'rm', '--force', name)));
}

test('a project that is copied to the root of an imported system leaves its shell where the engine finds it', async () => {
  await importSystem('optml/system:1');
  await write(join(folder, 'project'), { 'bin/tool': '#!/bin/sh\necho "tool $1"\n', 'etc/tool.conf': '' });
  const socketPath = (process.env.DOCKER_HOST ?? '').slice('unix://'.length);
  const { image: base, remove } = await readDaemonImage('optml/system:1', {
    socketPath,
    platform,
    layerDirectory,
  });
  onTestFinished(remove);
  const raw = JSON.parse(Buffer.from(base.configBytes).toString('utf8'));
  const layers: LayerSource[] = [
    { kind: 'application', files: [{ from: join(folder, 'project'), to: '/' }] },
  ];
  const build = (run: { readonly entrypoint?: readonly string[] }) =>
    buildImage({ base, platform, layers, run, layerDirectory });
  const image = await build({ entrypoint: ['tool'] });

  await writeArchive(image, { path: join(folder, 'built.tar'), name: 'optml/built:1' });
  await load(join(folder, 'built.tar'), 'optml/built:1');

  // As the engine writes what an import does not set.
  expect(Object.values(raw.config)).toContain(null);
  const start = ['docker', 'run', '--rm', '--network=none'];
  expect(await run(...start, 'optml/built:1', 'train')).toBe('tool train\n');
  expect(
    await run(...start, '--entrypoint=/bin/sh', 'optml/built:1', '-c', 'echo $0; [ -L /bin ] && echo link'),
  ).toBe('/bin/sh\nlink\n');
  expect(await lintImage(image, { layerDirectory })).toEqual([]);
  const [finding] = await lintImage(base, { layerDirectory });
  expect(finding).toMatchObject({ code: 'PROGRAM' });
});
