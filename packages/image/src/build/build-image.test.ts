/** The same inputs give the same image, and wrong ones a reason. */

import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { amd64, makeFolder, makeImage, readAll } from '../../test/make-folder.ts';
import { assembleManifest } from '../image/assemble-manifest.ts';
import type { Image } from '../image/image.ts';
import { createLayer } from '../layers/create-layer.ts';
import { readLayerEntries } from '../layers/read-layer-entries.ts';
import { compressLayers } from '../sinks/compress-layers.ts';
import { writeArchive } from '../sinks/write-archive.ts';
import { writeLayout } from '../sinks/write-layout.ts';
import { buildImage } from './build-image.ts';

async function digestOfImage(image: Image): Promise<string> {
  const layers = await compressLayers(image, {});
  return assembleManifest(image, { layerDescriptors: layers.map(({ descriptor }) => descriptor) }).manifest
    .descriptor.digest;
}

async function listEntries(image: Image) {
  const entries = [];
  for (const layer of image.layers) {
    for await (const { path, type, mode, linkTarget, uid, gid, mtime } of readLayerEntries(layer)) {
      entries.push({ path, type, mode: mode.toString(8), linkTarget, uid, gid, mtime });
    }
  }
  return entries;
}

function build(folder: string, to = '/app', options: Partial<Parameters<typeof buildImage>[0]> = {}) {
  return buildImage({
    platform: amd64,
    layers: [{ kind: 'application', files: [{ from: folder, to }] }],
    layerDirectory: `${folder}-layers`,
    ...options,
  });
}

test('the same files at another place, time, mode and order of making give the same digest', async () => {
  const first = await makeFolder({ 'b.js': 'b', 'a/c.js': 'c', 'a.js': 'a' });
  const second = await makeFolder();
  for (const name of ['a.js', 'b.js', 'a'])
    await cp(join(first, name), join(second, name), { recursive: true });
  await utimes(join(second, 'b.js'), 1, 1);
  await chmod(join(second, 'a.js'), 0o660);
  await chmod(join(second, 'a'), 0o700);

  expect(await digestOfImage(await build(first))).toBe(await digestOfImage(await build(second)));
});

test('another content, name or executable bit gives another digest', async () => {
  const digests = new Set<string>();
  for (const [name, content, mode] of [
    ['a.js', 'a', 0o644],
    ['a.js', 'b', 0o644],
    ['b.js', 'a', 0o644],
    ['a.js', 'a', 0o755],
  ] as const) {
    const folder = await makeFolder({ [name]: content });
    await chmod(join(folder, name), mode);
    digests.add(await digestOfImage(await build(folder)));
  }

  expect(digests.size).toBe(4);
});

test('a file of two layers lies in the lower one only, unless something between them is in its place', async () => {
  const folder = await makeFolder({ 'a.js': 'a', 'b.js': 'b' });
  const other = await makeFolder({ 'a.js': 'other' });
  const one = { from: join(folder, 'a.js'), to: '/app/' };
  const all = { from: folder, to: '/app' };
  const between = { from: other, to: '/app' };
  const listLayers = async (sources: readonly { from: string; to: string }[]) => {
    const layers = sources.map((source) => ({ kind: 'application' as const, files: [source] }));
    const image = await build(folder, '/app', { layers });
    return Promise.all(
      image.layers.map(async (layer) =>
        (await listEntries({ ...image, layers: [layer] })).map(({ path }) => path),
      ),
    );
  };

  expect(await listLayers([one, all])).toEqual([
    ['app', 'app/a.js'],
    ['app', 'app/b.js'],
  ]);
  expect(await listLayers([one, between, all])).toEqual([
    ['app', 'app/a.js'],
    ['app', 'app/a.js'],
    ['app', 'app/a.js', 'app/b.js'],
  ]);
  expect(await listLayers([all, one])).toEqual([['app', 'app/a.js', 'app/b.js']]);
});

test('entries are sorted by bytes, owned by root, readable by all, and of one time', async () => {
  const folder = await makeFolder({ 'é.js': '', 'a/b.js': '', 'a.js': '', 'Z.js': '', run: '' });
  await chmod(join(folder, 'run'), 0o700);
  await symlink('a.js', join(folder, 'link'));

  const entries = await listEntries(await build(folder, '/opt/app/', { createdSeconds: 1 }));

  const shared = { uid: 0, gid: 0, mtime: 1 };
  const file = { type: 'file', mode: '644', linkTarget: undefined, ...shared };
  const directory = { ...file, type: 'directory', mode: '755' };
  expect(entries).toEqual([
    { ...directory, path: 'opt' },
    { ...directory, path: 'opt/app' },
    { ...file, path: 'opt/app/Z.js' },
    { ...directory, path: 'opt/app/a' },
    { ...file, path: 'opt/app/a.js' },
    { ...file, path: 'opt/app/a/b.js' },
    { ...file, path: 'opt/app/link', type: 'symlink', mode: '777', linkTarget: 'a.js' },
    { ...file, path: 'opt/app/run', mode: '755' },
    { ...file, path: 'opt/app/é.js' },
  ]);
});

test('GNU tar unpacks a layer of long and strange names to the same files', async () => {
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(120)}.txt`;
  const names = [long, 'with space.txt', 'línea\nbreak.txt', `${'x'.repeat(200)}.txt`, 'plain.txt'];
  const folder = await makeFolder(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  await symlink(`${'x'.repeat(200)}.txt`, join(folder, 'long-link'));
  const image = await build(folder, '/app');
  const out = await makeFolder();
  await writeFile(join(out, 'layer.tar'), await readAll((image.layers[0] as Image['layers'][number]).open()));

  await promisify(execFile)('tar', ['-xf', 'layer.tar'], { cwd: out });

  for (const name of names) expect(await readFile(join(out, 'app', name), 'utf8')).toBe(`content of ${name}`);
  expect(await readFile(join(out, 'app', 'long-link'), 'utf8')).toContain('content of xxx');
});

test('a base gives its layers, history, environment and labels, and what is declared comes on top', async () => {
  const base = await makeImage({
    run: {
      command: ['sh'],
      environment: { PATH: '/bin', A: '1' },
      labels: { z: '1' },
      workingDirectory: '/root',
    },
  });
  const folder = await makeFolder({ 'main.js': '' });

  const image = await build(folder, '/app', {
    base,
    run: {
      entrypoint: ['node'],
      environment: { A: '2', B: '3' },
      labels: { a: '0' },
      exposedPorts: ['8080'],
    },
  });

  expect(image.layers.map(({ kind }) => kind)).toEqual(['dependencies', 'application', 'application']);
  expect(image.config.config).toEqual({
    Env: ['PATH=/bin', 'A=2', 'B=3'],
    Labels: { a: '0', z: '1' },
    WorkingDir: '/root',
    Entrypoint: ['node'],
    ExposedPorts: { '8080/tcp': {} },
  });
  const steps = (image.config.history ?? []).filter(({ empty_layer }) => !empty_layer);
  expect(steps.length).toBe(image.config.rootfs.diff_ids.length);
});

test('a base that says nothing of PATH gets what Docker gives it', async () => {
  const made = await makeImage();
  const base = { ...made, config: { ...made.config, config: { Env: ['A=1'] } } };

  const image = await build(await makeFolder({ 'main.js': '' }), '/app', {
    base,
    run: { environment: { B: '2' } },
  });

  expect(image.config.config?.Env).toEqual([
    'A=1',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'B=2',
  ]);
});

function withHistory(
  image: Image,
  history: Image['config']['history'] & object,
): Pick<Image, 'config' | 'configBytes'> {
  const config = { ...image.config, history: [...(image.config.history ?? []), ...history] };
  return { config, configBytes: new TextEncoder().encode(JSON.stringify(config)) };
}

/** A base as Debian's: `/bin` is a link, `/tmp` has a mode of its own, and a later layer has replaced and deleted. */
async function makeBase(): Promise<Image> {
  const folder = await makeFolder({ 'usr/bin/sh': 'sh', 'opt/v1/app': '', 'tmp/x': '', 'srv/old/x': '' });
  await symlink('usr/bin', join(folder, 'bin'));
  await symlink('usr/bin/sh', join(folder, 'sh'));
  await symlink('/opt/v1', join(folder, 'opt', 'current'));
  await symlink('current', join(folder, 'opt', 'latest'));
  await symlink('loop', join(folder, 'loop'));
  await symlink('/mnt/data', join(folder, 'data'));
  const above = await makeFolder({ 'opt/v2/x': '' });
  return buildImage({
    platform: amd64,
    layers: [
      { kind: 'base', files: [{ from: folder, to: '/' }] },
      { kind: 'base', files: [{ from: above, to: '/' }] },
    ],
    layerDirectory: `${folder}-layers`,
  });
}

const listOwnPaths = async (base: Image, files: readonly { from: string; to: string }[]) => {
  const image = await build(await makeFolder(), '/', { base, layers: [{ kind: 'application', files }] });
  return (await listEntries({ ...image, layers: image.layers.slice(base.layers.length) })).map(
    ({ path }) => path,
  );
};

test.each([
  ['/', ['bin/tool'], ['usr', 'usr/bin', 'usr/bin/tool']],
  ['/bin', ['tool'], ['usr', 'usr/bin', 'usr/bin/tool']],
  ['/bin/deep', ['tool'], ['usr', 'usr/bin', 'usr/bin/deep', 'usr/bin/deep/tool']],
  ['/opt/latest/', ['a/b'], ['opt', 'opt/v1', 'opt/v1/a', 'opt/v1/a/b']],
  ['/', ['opt/latest/x', 'opt/v1/y'], ['opt', 'opt/v1', 'opt/v1/x', 'opt/v1/y']],
  ['/data', ['x'], ['mnt', 'mnt/data', 'mnt/data/x']],
  ['/', ['tmp/y', 'new/y'], ['new', 'new/y', 'tmp', 'tmp/y']],
])('what is copied to %s follows the links of the base: %j', async (to, names, paths) => {
  const folder = await makeFolder(Object.fromEntries(names.map((name) => [name, name])));

  expect(await listOwnPaths(await makeBase(), [{ from: folder, to }])).toEqual(paths);
});

test('a file is copied through a link to a folder, and in place of a link to a file', async () => {
  const folder = await makeFolder({ tool: '' });
  const from = join(folder, 'tool');

  const paths = await listOwnPaths(await makeBase(), [
    { from, to: '/bin/' },
    { from, to: '/loop' },
    { from, to: '/bin/other' },
  ]);

  expect(paths).toEqual(['loop', 'usr', 'usr/bin', 'usr/bin/other', 'usr/bin/tool']);
});

test.each([
  ['a file in place of a folder', 'tmp', 'write /tmp/ to copy the file into it'],
  ['a file in place of a link to a folder', 'bin', 'write /bin/ to copy the file into it'],
  ['a file in place of a link to a link', 'opt/latest', '/opt/latest (which is /opt/v1)'],
  ['a file in place of a folder behind a link', 'bin/../usr/bin', 'write /usr/bin/ to copy'],
  [
    'a file below a link that leads in a circle',
    'loop/x',
    'the link /loop of the image leads back to itself',
  ],
])('%s is refused', async (_, to, reason) => {
  const folder = await makeFolder({ tool: '' });

  await expect(
    listOwnPaths(await makeBase(), [{ from: join(folder, 'tool'), to: `/${to}` }]),
  ).rejects.toThrow(reason);
});

test.each([
  ['a file below a file', '/usr/bin/sh/tool', 'tool', '/usr/bin/sh/tool would be in /usr/bin/sh'],
  ['a file deep below a file', '/tmp/x/a/b', 'tool', '/tmp/x/a/b would be in /tmp/x'],
  ['a file below a link to a file', '/sh/tool', 'tool', '/sh/tool would be in /usr/bin/sh'],
  ['a file into a file', '/usr/bin/sh/', 'tool', '/usr/bin/sh/tool would be in /usr/bin/sh'],
  ['a folder onto a file', '/bin/sh', '.', 'cannot copy a folder to /bin/sh (which is /usr/bin/sh)'],
  ['a folder of a folder onto a file', '/usr', '.', 'cannot copy a folder to /usr/bin/sh'],
  ['a folder onto a link to a file', '/sh', '.', 'cannot copy a folder to /sh (which is /usr/bin/sh)'],
])('%s of the base is refused (%s)', async (_, to, from, reason) => {
  const folder = await makeFolder({ tool: '', 'bin/sh/x': '' });

  await expect(listOwnPaths(await makeBase(), [{ from: join(folder, from), to }])).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: `${reason}, which is a file of the image: change its target`,
  });
});

test('a file of the base that a later layer has deleted is in nobody’s way', async () => {
  const base = await makeBase();
  const folder = await makeFolder({ tool: '' });
  const deletion = {
    path: 'usr/bin/.wh.sh',
    type: 'file',
    mode: 0o644,
    size: 0,
    content: new Uint8Array(),
  } as const;
  const deleting = await createLayer([deletion], {
    kind: 'base',
    history: {},
    mtime: 0,
    layerDirectory: `${folder}-layers`,
  });

  const image = await build(folder, '/usr/bin/sh', { base: { ...base, layers: [...base.layers, deleting] } });

  expect((await listEntries({ ...image, layers: image.layers.slice(-1) })).map(({ path }) => path)).toContain(
    'usr/bin/sh/tool',
  );
});

test('a link in place of a folder of the base, and two paths that the base makes one, are refused', async () => {
  const base = await makeBase();
  const withLink = await makeFolder({ 'a/b': '' });
  await symlink('a', join(withLink, 'usr'));
  const both = await makeFolder({ 'bin/tool': 'one', 'usr/bin/tool': 'two' });

  await expect(listOwnPaths(base, [{ from: withLink, to: '/' }])).rejects.toThrow(
    'cannot copy a link to /usr, because it would hide that folder of the image',
  );
  await expect(listOwnPaths(base, [{ from: both, to: '/' }])).rejects.toThrow(
    '/bin/tool and /usr/bin/tool are the same path in the image, /usr/bin/tool, because the image has a link there',
  );
});

test('a link of an earlier layer of the same image is followed, too', async () => {
  const lower = await makeFolder({ 'v1/a': '' });
  await symlink('v1', join(lower, 'current'));
  const upper = await makeFolder({ 'current/b': '' });

  const image = await build(lower, '/', {
    layers: [
      { kind: 'dependencies', files: [{ from: lower, to: '/app' }] },
      { kind: 'application', files: [{ from: upper, to: '/app' }] },
    ],
  });

  expect((await listEntries(image)).map(({ path }) => path)).toEqual([
    'app',
    'app/current',
    'app/v1',
    'app/v1/a',
    'app',
    'app/v1',
    'app/v1/b',
  ]);
});

test('the layers of a base are read once', async () => {
  const base = await makeBase();
  const folder = await makeFolder({ tool: '' });
  const layerDirectory = `${folder}-layers`;
  const read: number[] = [];
  const once = { base, layerDirectory, onReadBase: (layers: number) => void read.push(layers) };
  const first = await digestOfImage(await build(folder, '/bin', once));
  const closed = base.layers.map((layer) => ({
    ...layer,
    open: () => {
      throw new Error('a layer of the base is read again');
    },
  }));

  const again = await build(folder, '/bin', { ...once, base: { ...base, layers: closed } });

  expect(again.config.rootfs.diff_ids).toEqual((await build(folder, '/bin', once)).config.rootfs.diff_ids);
  expect(await digestOfImage(await build(folder, '/bin', once))).toBe(first);
  expect(read).toEqual([2]);
});

test('a build does not pack what it writes, by whatever path it comes to it', async () => {
  const folder = await makeFolder({ 'main.js': '', 'layers/kept': '', 'deep/image/kept': '' });
  const link = `${folder}-link`;
  await symlink(folder, link);
  onTestFinished(() => rm(link));
  const options = {
    layerDirectory: join(folder, 'layers'),
    outputs: [join(link, 'deep/image'), join(link, 'image.tar')],
  };

  const first = await digestOfImage(await build(link, '/app', options));
  await writeFile(join(folder, 'image.tar'), 'an image');
  await writeFile(join(folder, `image.tar.${crypto.randomUUID()}.unfinished`), 'a killed build');
  const image = await build(link, '/app', options);

  expect((await listEntries(image)).map(({ path }) => path)).toEqual(['app', 'app/main.js']);
  expect(await digestOfImage(image)).toBe(first);
});

test('images that earlier builds wrote are left out by what is in them, and nothing beside them', async () => {
  const folder = await makeFolder({
    'main.js': '',
    'shared/notes.txt': '',
    'data/oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'data/index.json': '{"schemaVersion":2,"manifests":[]}',
    'data/blobs/sha256/a': '',
    'tar/sample.tar': Buffer.alloc(4096),
  });
  const first = await build(folder);
  const paths = (await listEntries(first)).map(({ path }) => path);
  const theirs = await makeFolder();
  await writeLayout(
    { ...first, ...withHistory(first, [{ created_by: 'RUN x' }]) },
    { path: join(theirs, 'theirs') },
  );
  // Only into an empty folder: what lies beside a layout came there later.
  await rm(join(folder, 'shared'), { recursive: true });
  for (const place of ['old', 'deep/old', 'shared'])
    await writeLayout(first, { path: join(folder, place), name: '1' });
  await writeFile(join(folder, 'shared/notes.txt'), '');
  await writeArchive(first, { path: join(folder, 'images/no-suffix'), name: 'app:1' });
  await writeArchive(first, { path: join(folder, 'oci.tar'), format: 'oci' });
  await writeFile(join(folder, `x.tar.${crypto.randomUUID()}.unfinished`), 'a killed build');
  const left: string[] = [];

  const again = await build(folder, '/app', {
    onEarlierImage: (path) => left.push(path.slice(folder.length + 1)),
  });

  expect((await listEntries(again)).map(({ path }) => path)).toEqual(paths);
  expect(left.sort()).toEqual([
    'deep/old',
    'images/no-suffix',
    'oci.tar',
    'old',
    'shared',
    expect.stringMatching(/^x\.tar\..*\.unfinished$/),
  ]);
  await cp(join(theirs, 'theirs'), join(folder, 'theirs'), { recursive: true });
  await writeLayout(first, { path: join(folder, 'theirs'), name: 'ours' });
  expect((await listEntries(await build(folder))).map(({ path }) => path)).toContain('app/theirs/index.json');
});

test('an image of an earlier build that is declared by its own path is copied, and one that a pattern found is not', async () => {
  const folder = await makeFolder({ 'main.js': '' });
  const first = await build(folder);
  await writeLayout(first, { path: join(folder, 'layout') });
  await writeArchive(first, { path: join(folder, 'image.tar'), name: 'app:1' });
  const list = async (isFound: boolean) => {
    const files = ['layout', 'image.tar'].map((name) => ({
      from: join(folder, name),
      to: `/${name}`,
      isFound,
    }));
    const image = await build(folder, '/', { layers: [{ kind: 'application', files }] });
    return (await listEntries(image)).map(({ path }) => path);
  };

  expect(await list(false)).toEqual(
    expect.arrayContaining(['image.tar', 'layout/index.json', 'layout/oci-layout']),
  );
  expect(await list(true)).toEqual(['layout']);
});

test('folders of the base keep their modes and owners, as those that a file is copied into', async () => {
  const base = await buildImage({
    platform: amd64,
    layers: [
      {
        kind: 'base',
        files: [],
        entries: [
          { path: 'home/node', type: 'directory', mode: 0o2750, size: 0, uid: 1000, gid: 3_000_000 },
          { path: 'tmp', type: 'directory', mode: 0o1777, size: 0 },
        ],
      },
    ],
    layerDirectory: await makeFolder(),
  });
  const folder = await makeFolder({ 'tmp/x': '', 'home/node/new/x': '' });

  const image = await build(folder, '/', { base });

  const own = await listEntries({ ...image, layers: image.layers.slice(1) });
  expect(own.filter(({ type }) => type === 'directory')).toMatchObject([
    { path: 'home', mode: '755', uid: 0 },
    { path: 'home/node', mode: '2750', uid: 1000, gid: 3_000_000 },
    { path: 'home/node/new', mode: '755', uid: 0, gid: 0 },
    { path: 'tmp', mode: '1777', uid: 0, gid: 0 },
  ]);
});

test('a link that leads out of its folder is refused with the way to copy what it points to', async () => {
  const folder = await makeFolder({ 'app/a.js': '' });
  await symlink('../../elsewhere', join(folder, 'app', 'link'));

  await expect(build(join(folder, 'app'))).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: expect.stringContaining('pnpm deploy'),
  });
});

test('a pipe and a name that means a deletion are refused by name', async () => {
  const withPipe = await makeFolder();
  await promisify(execFile)('mkfifo', [join(withPipe, 'pipe')]);
  const withWhiteout = await makeFolder({ '.wh.secret': '' });

  await expect(build(withPipe)).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    path: join(withPipe, 'pipe'),
  });
  await expect(build(withWhiteout)).rejects.toMatchObject({
    code: 'LAYER_PATH_UNSAFE',
    path: 'app/.wh.secret',
  });
});

test('a file that changes between the reading and the compressing is noticed', async () => {
  const folder = await makeFolder({ 'main.js': 'before' });
  const image = await build(folder);
  await writeFile(join(folder, 'main.js'), 'after!');

  await expect(compressLayers(image, {})).rejects.toMatchObject({ code: 'FILE_CHANGED' });

  await writeFile(join(folder, 'main.js'), 'longer than before');
  await expect(compressLayers(image, {})).rejects.toMatchObject({
    code: 'FILE_CHANGED',
    path: join(folder, 'main.js'),
  });
});

test('a folder that is not there is named, and an empty source makes no layer', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'empty'));

  await expect(build(join(folder, 'dist'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `cannot copy a file into the image: ${join(folder, 'dist')}: it does not exist`,
  });
  const image = await buildImage({
    platform: amd64,
    layers: [{ kind: 'model', files: [] }],
    layerDirectory: folder,
  });
  expect(image.layers).toEqual([]);
});

test('a layer that was compressed before is not compressed again, and a damaged one is', async () => {
  const folder = await makeFolder({ 'main.js': 'main' });
  const image = await build(folder);
  const [first] = await compressLayers(image, {});
  const [again] = await compressLayers(await build(folder), {});
  expect(again?.descriptor).toEqual(first?.descriptor);

  const { readdir } = await import('node:fs/promises');
  const [name] = await readdir(`${folder}-layers`);
  await writeFile(join(`${folder}-layers`, name as string), 'damage');
  const [repaired] = await compressLayers(await build(folder), {});

  expect(repaired?.descriptor).toEqual(first?.descriptor);
  expect((await readAll((repaired as typeof repaired & object).open())).length).toBe(first?.descriptor.size);
});

test('the header of a compressed layer says neither a time nor a system', async () => {
  const [blob] = await compressLayers(await makeImage(), {});

  const bytes = await readAll((blob as typeof blob & object).open());

  expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff]);
});

test.each(['a file', 'a folder'])('a name that is not UTF-8 is told, of %s', async (kind) => {
  const folder = await makeFolder();
  const path = Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]);
  await (kind === 'a file' ? writeFile(path, '') : mkdir(path));

  await expect(build(folder)).rejects.toMatchObject({
    code: 'BUILD_INVALID',
    message: expect.stringContaining('is not UTF-8'),
  });
});

test('a file that is ignored is not looked at, whatever is wrong with it', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'kept'), '');
  await writeFile(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), '');
  const ignore = { hasExceptions: false, ignores: (path: string) => path.includes('/bad') };

  const image = await build(folder, '/app', { ignore });

  expect((await listEntries(image)).map(({ path }) => path)).toEqual(['app', 'app/kept']);
});

test('without a layer directory, layers are kept in .optml/layers of the current folder, and not copied', async () => {
  const folder = await makeFolder({ 'main.js': 'main' });
  const program = `
    const { buildImage } = await import(${JSON.stringify(import.meta.resolve('./build-image.ts'))});
    const { compressLayers } = await import(${JSON.stringify(import.meta.resolve('../sinks/compress-layers.ts'))});
    const platform = { os: 'linux', architecture: 'amd64' };
    const layers = [{ kind: 'application', files: [{ from: process.cwd(), to: '/app' }] }];
    for (const _ of [1, 2]) {
      const image = await buildImage({ platform, layers });
      await compressLayers(image, {});
      console.log(image.layers[0].diffId);
    }`;

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
  });

  const [first, second] = stdout.trim().split('\n');
  expect(second).toBe(first);
  expect(await readdir(join(folder, '.optml', 'layers'))).toHaveLength(1);
});
