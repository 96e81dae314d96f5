/** skopeo, umoci and docker-registry agree with us on every form of an image. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { buildImage } from '../../src/build/build-image.ts';
import { digestOf } from '../../src/image/digest.ts';
import type { Image } from '../../src/image/image.ts';
import { createFileTree } from '../../src/layers/file-tree.ts';
import { readLayerEntries } from '../../src/layers/read-layer-entries.ts';
import { createStoredLayer } from '../../src/layers/stored-layer.ts';
import { createNodeLayer } from '../../src/native/create-node-layer.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { readProxySettings } from '../../src/registry/proxy.ts';
import { pushImage } from '../../src/sinks/push-image.ts';
import { writeArchive } from '../../src/sinks/write-archive.ts';
import { writeLayout } from '../../src/sinks/write-layout.ts';
import { readArchive } from '../../src/sources/read-archive.ts';
import { readLayout } from '../../src/sources/read-layout.ts';
import { amd64, makeFolder, readAll } from '../make-folder.ts';
import { startProxy } from '../start-proxy.ts';
import { startRegistry } from './start-registry.ts';
import { describeTree, run, unpackWithUmoci } from './unpack.ts';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];

let folder: string;
let image: Image;

/** Long names, links, modes, an empty file, a large one. */
beforeEach(async () => {
  folder = await makeFolder({
    'app/main.js': 'console.log("main");\n',
    'app/empty': '',
    [`app/${'d'.repeat(80)}/${'e'.repeat(120)}.txt`]: 'long',
    'app/línea.txt': 'unicode',
    'app/large.bin': new Uint8Array(3_000_000).map((_, index) => (index * 7919) % 253),
    'bin/train': '#!/bin/sh\n',
  });
  await chmod(join(folder, 'bin/train'), 0o755);
  await symlink('main.js', join(folder, 'app/link'));
  image = await buildImage({
    platform: amd64,
    layers: [
      { kind: 'dependencies', files: [{ from: join(folder, 'bin'), to: '/usr/local/bin/' }] },
      { kind: 'application', files: [{ from: join(folder, 'app'), to: '/app' }] },
    ],
    run: { entrypoint: ['/usr/local/bin/train'], environment: { A: '1' }, labels: { b: '2' } },
    layerDirectory: join(folder, 'layers'),
  });
});

describe('an OCI layout', () => {
  test('is inspected by skopeo and unpacked by umoci to the same files', async () => {
    const layout = join(folder, 'layout');
    const { manifest } = await writeLayout(image, { path: layout, name: 'one' });

    const inspected = JSON.parse(await run('skopeo', 'inspect', `oci:${layout}:one`));

    expect(inspected).toMatchObject({
      Digest: manifest.digest,
      Architecture: 'amd64',
      Os: 'linux',
      Labels: { b: '2' },
    });
    expect(await unpackWithUmoci(layout, 'one')).toEqual(await describeTree(image));
  });

  test('that umoci made is a base: deletions, links and all', async () => {
    const layout = join(folder, 'theirs');
    await run('umoci', 'init', '--layout', layout);
    await run('umoci', 'new', '--image', `${layout}:base`);
    await run('umoci', 'config', '--image', `${layout}:base`, '--architecture', 'amd64', '--os', 'linux');
    await run('umoci', 'insert', '--image', `${layout}:base`, join(folder, 'app'), '/base');
    await run('umoci', 'insert', '--image', `${layout}:base`, '--whiteout', '/base/empty');
    const base = await readLayout(layout, {
      platform: amd64,
      name: 'base',
      layerDirectory: join(folder, 'layers'),
    });

    const built = await buildImage({
      base,
      platform: amd64,
      layers: [{ kind: 'application', files: [{ from: join(folder, 'app'), to: '/app' }] }],
      layerDirectory: join(folder, 'layers'),
    });
    await writeLayout(built, { path: layout, name: 'built' });

    const tree = await unpackWithUmoci(layout, 'built');
    expect(tree).toEqual(await describeTree(built));
    expect(Object.keys(tree)).toContain('base/main.js');
    expect(Object.keys(tree)).not.toContain('base/empty');
  });

  test('of a base with links keeps what is behind them, and its folders as they are', async () => {
    const root = await makeFolder({ 'usr/bin/sh': 'sh', 'tmp/.keep': '', 'home/node/.profile': '' });
    await symlink('usr/bin', join(root, 'bin'));
    await chmod(join(root, 'tmp'), 0o1777);
    await chown(join(root, 'home/node'), 1000, 1000);
    const layout = join(folder, 'theirs');
    await run('umoci', 'init', '--layout', layout);
    await run('umoci', 'new', '--image', `${layout}:base`);
    await run('umoci', 'config', '--image', `${layout}:base`, '--architecture', 'amd64', '--os', 'linux');
    await run('umoci', 'insert', '--image', `${layout}:base`, root, '/');
    const options = { platform: amd64, layerDirectory: join(folder, 'layers') };
    const base = await readLayout(layout, { ...options, name: 'base' });
    const before = await unpackWithUmoci(layout, 'base');
    const files = await makeFolder({ 'bin/train': '#!/bin/sh', 'tmp/x': '', 'home/node/app.js': '' });

    const layers = [{ kind: 'application', files: [{ from: files, to: '/' }] }] as const;
    await writeLayout(await buildImage({ ...options, base, layers }), { path: layout, name: 'built' });

    const after = await unpackWithUmoci(layout, 'built');
    expect(Object.keys(after).filter((path) => !(path in before))).toEqual(
      expect.arrayContaining(['usr/bin/train', 'tmp/x', 'home/node/app.js']),
    );
    expect(after).toMatchObject(before);
    expect(before).toMatchObject({ tmp: 'directory 0:0 1777', 'home/node': 'directory 1000:1000 755' });
  });

  test.each([
    ['an opaque folder after its siblings', ['a/new', 'a/.wh..wh..opq']],
    ['a deleted file before and after others', ['a/new', 'a/.wh.old', 'b/.wh.x', 'b/y']],
    ['a folder that is deleted and made anew', ['a/new', '.wh.a']],
  ])('with %s is read as umoci reads it', async (_, names) => {
    const lower = await makeFolder({ 'a/old': '', 'b/x': '' });
    const upper = await makeFolder(Object.fromEntries(names.map((name) => [name, ''])));
    const image = await stackTars([
      [lower, ['a', 'a/old', 'b', 'b/x']],
      [upper, names],
    ]);
    const layout = join(folder, 'deletions');
    await writeLayout(image, { path: layout, name: 'one' });

    const tree = createFileTree();
    for (const layer of image.layers) await tree.addLayer(readLayerEntries(layer));

    expect([...tree.entries()].map(({ path }) => path).sort()).toEqual(
      Object.keys(await unpackWithUmoci(layout, 'one')).sort(),
    );
  });

  test('whose layers are zstd gives a Docker image with the same files', async () => {
    const [plainLayout, zstdLayout, out] = ['plain', 'zstd', 'out'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeLayout(image, { path: plainLayout, name: 'one' });
    await run(
      'skopeo',
      'copy',
      '--dest-compress-format',
      'zstd',
      `oci:${plainLayout}:one`,
      `dir:${zstdLayout}-dir`,
    );
    await run(
      'skopeo',
      'copy',
      '--dest-compress-format',
      'zstd',
      `dir:${zstdLayout}-dir`,
      `oci:${zstdLayout}:one`,
    );
    const base = await readLayout(zstdLayout, {
      platform: amd64,
      layerDirectory: join(folder, 'other-layers'),
    });
    expect(base.layers.map(({ descriptor }) => descriptor)).toEqual([undefined, undefined]);

    const { manifest } = await writeArchive(base, { path: `${out}.tar`, name: 'app:1' });
    await run('skopeo', 'copy', `docker-archive:${out}.tar`, `oci:${out}:one`);

    expect(manifest.mediaType).toBe(dockerManifest);
    expect(await unpackWithUmoci(out, 'one')).toEqual(await describeTree(image));
  });
});

describe('an archive', () => {
  test.each(['docker-archive', 'oci-archive'])(
    'is read by skopeo as %s, and unpacked to the same files',
    async (transport) => {
      const file = join(folder, 'image.tar');
      await writeArchive(image, {
        path: file,
        name: 'app:1',
        format: transport === 'oci-archive' ? 'oci' : 'docker',
      });

      await run('skopeo', 'copy', `${transport}:${file}`, `oci:${join(folder, 'copy')}:one`);

      expect(await unpackWithUmoci(join(folder, 'copy'), 'one')).toEqual(await describeTree(image));
    },
  );

  test.each(['docker-archive', 'oci-archive'])(
    'that skopeo wrote as %s is read, and its layers have the same diff_ids',
    async (transport) => {
      const layout = join(folder, 'layout');
      const file = join(folder, 'theirs.tar');
      await writeLayout(image, { path: layout, name: 'one' });
      await run('skopeo', 'copy', `oci:${layout}:one`, `${transport}:${file}:app:1`);

      const back = await readArchive(file, { platform: amd64, layerDirectory: join(folder, 'layers') });

      expect(back.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
      expect(await describeTree(back)).toEqual(await describeTree(image));
    },
  );
});

test('an archive of the old form with zstd layers, which say so by nothing but their first bytes, is read as skopeo reads it', async () => {
  const old = await makeFolder();
  const layers = [];
  for (const [index, layer] of image.layers.entries()) {
    layers.push(`${index}.tar`);
    await writeFile(join(old, `${index}.tar`), zstdCompressSync(await readAll(layer.open())));
  }
  await writeFile(join(old, 'config.json'), image.configBytes);
  const manifest = [{ Config: 'config.json', RepoTags: ['team/app:1'], Layers: layers }];
  await writeFile(join(old, 'manifest.json'), JSON.stringify(manifest));
  const file = join(folder, 'old.tar');
  await run('tar', '-cf', file, '-C', old, 'config.json', 'manifest.json', ...layers);
  await run('skopeo', 'copy', `docker-archive:${file}`, `oci:${join(folder, 'copy')}:one`);

  const back = await readArchive(file, { platform: amd64, layerDirectory: join(folder, 'layers') });

  expect(await describeTree(back)).toEqual(await unpackWithUmoci(join(folder, 'copy'), 'one'));
  await writeArchive(back, { path: join(folder, 'ours.tar'), name: 'app:1' });
  await run(
    'skopeo',
    'copy',
    `docker-archive:${join(folder, 'ours.tar')}`,
    `oci:${join(folder, 'again')}:one`,
  );
  expect(await unpackWithUmoci(join(folder, 'again'), 'one')).toEqual(await describeTree(image));
});

test('a proxy that refuses the tunnel is asked and understood as skopeo does', async () => {
  const proxy = await startProxy('http://127.0.0.1:1', '403 Forbidden');
  const env = { ...process.env, HTTPS_PROXY: proxy.url };
  const registry = createRegistry({
    host: 'registry.test',
    proxy: readProxySettings({ HTTPS_PROXY: proxy.url }),
  });

  await expect(
    promisify(execFile)('skopeo', ['inspect', 'docker://registry.test/app:1'], { env }),
  ).rejects.toThrow('Forbidden');
  const theirs = proxy.requests.splice(0);
  await expect(registry.readManifest('1', { repository: 'app' })).rejects.toThrow('403 Forbidden');

  expect(new Set(theirs)).toEqual(new Set(proxy.requests));
});

describe('a registry', () => {
  test('that has lost a layer gives an image to nobody, and the layer is named with the registry', async () => {
    const host = await startRegistry();
    const registry = createRegistry({ host });
    const { layers } = await pushImage(image, { registry, repository: 'app', tags: ['1'] });
    const [lost] = layers as [(typeof layers)[number]];
    await fetch(`http://${host}/v2/app/blobs/${lost.digest}`, { method: 'DELETE' });
    const source = `docker://${host}/app:1`;

    await expect(run('skopeo', 'copy', ...plain, source, `oci:${join(folder, 'copy')}:one`)).rejects.toThrow(
      /blob unknown|404|unknown/i,
    );
    const stored = await registry.readImage('1', {
      repository: 'app',
      platform: amd64,
      layerDirectory: join(folder, 'none'),
    });
    await expect(writeLayout(stored, { path: join(folder, 'layout') })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:REGISTRY|BLOB)_/),
      message: expect.stringContaining(host),
    });
  });

  test('stores the image under the digest that we say, in the form that SageMaker takes', async () => {
    const host = await startRegistry();
    const { manifest } = await pushImage(image, {
      registry: createRegistry({ host }),
      repository: 'team/app',
      tags: ['1', 'latest'],
    });

    const raw = await run('skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${host}/team/app:1`);
    const inspected = JSON.parse(
      await run('skopeo', 'inspect', '--tls-verify=false', `docker://${host}/team/app:latest`),
    );
    await run(
      'skopeo',
      'copy',
      ...plain,
      `docker://${host}/team/app@${manifest.digest}`,
      `oci:${join(folder, 'copy')}:one`,
    );

    expect(JSON.parse(raw)).toMatchObject({ schemaVersion: 2, mediaType: dockerManifest });
    expect(inspected).toMatchObject({
      Digest: manifest.digest,
      RepoTags: expect.arrayContaining(['1', 'latest']),
    });
    expect(await unpackWithUmoci(join(folder, 'copy'), 'one')).toEqual(await describeTree(image));
  });

  test('gives an OCI image, which goes back as a Docker image without a layer sent', async () => {
    const host = await startRegistry();
    const registry = createRegistry({ host });
    await writeLayout(image, { path: join(folder, 'layout'), name: 'one' });
    await run(
      'skopeo',
      'copy',
      ...plain,
      '--preserve-digests',
      `oci:${join(folder, 'layout')}:one`,
      `docker://${host}/app:oci`,
    );
    const stored = await registry.readImage('oci', {
      repository: 'app',
      platform: amd64,
      layerDirectory: join(folder, 'none'),
    });

    const { manifest } = await pushImage(stored, {
      registry: { ...registry, putBlob: refuseLayers(stored, registry.putBlob) },
      repository: 'app',
      tags: ['docker'],
    });

    const [oci, docker] = await Promise.all(
      ['oci', 'docker'].map((tag) => registry.readManifest(tag, { repository: 'app' })),
    );
    expect(oci?.descriptor.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(docker?.descriptor).toEqual(manifest);
    expect(await describeTree(stored)).toEqual(await describeTree(image));
  });

  test('has blobs that can be mounted, missing ones, and none of a repository that does not exist', async () => {
    const host = await startRegistry();
    const registry = createRegistry({ host });
    const { layers } = await pushImage(image, { registry, repository: 'app', tags: ['1'] });
    const layer = layers[0] as (typeof layers)[number];

    expect(await registry.mountBlob(layer.digest, { repository: 'other', from: 'app' })).toBe(true);
    expect(await registry.hasBlob(layer.digest, { repository: 'other' })).toBe(true);
    expect(await registry.mountBlob(`sha256:${'0'.repeat(64)}`, { repository: 'other', from: 'app' })).toBe(
      false,
    );
    expect(await registry.hasBlob(layer.digest, { repository: 'nothing' })).toBe(false);
    expect(await registry.readManifest('1', { repository: 'nothing' })).toBeUndefined();
    await expect(
      registry.readImage('2', { repository: 'app', platform: amd64, layerDirectory: folder }),
    ).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
      message: `the image ${host}/app:2 does not exist: check its name and tag`,
    });
  });

  test('says which layers are missing, when a manifest comes before them', async () => {
    const host = await startRegistry();
    const registry = createRegistry({ host });
    const withoutLayers = { ...registry, putBlob: async () => {}, hasBlob: async () => true };

    await expect(
      pushImage(image, { registry: withoutLayers, repository: 'app', tags: ['1'] }),
    ).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      registryCode: 'MANIFEST_BLOB_UNKNOWN',
    });
    expect(await registry.readManifest('1', { repository: 'app' })).toBeUndefined();
  });
});

test('a base from nothing starts Node, and resolves, reads and encrypts with it', async () => {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = { os: 'linux', architecture };
  const layers = [await createNodeLayer({ nodeFile: process.execPath, platform })];
  const scratch = await buildImage({ platform, layers, layerDirectory: join(folder, 'layers') });
  const out = await makeFolder();
  for (const layer of scratch.layers) {
    const unpacking = promisify(execFile)('tar', ['-xp', '-C', out]);
    unpacking.child.stdin?.end(await readAll(layer.open()));
    await unpacking;
  }

  const program =
    'require("fs").writeFileSync("/tmp/x", os.userInfo().username); console.log(crypto.randomUUID().length, new Intl.NumberFormat("de").format(1.5))';

  expect(await run('chroot', out, '/usr/local/bin/node', '-e', program)).toBe('36 1,5\n');
});

test('a disk that fills is told, and leaves nothing half-written', async () => {
  const disk = await makeFolder();
  await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk);
  onTestFinished(() => run('umount', disk).then(() => {}));
  const large = await makeFolder({ 'large.bin': randomBytes(4_000_000) });
  const layers = [{ kind: 'application', files: [{ from: large, to: '/app' }] }] as const;
  const full = await buildImage({ platform: amd64, layers, layerDirectory: join(disk, 'layers') });
  const stored = await buildImage({ platform: amd64, layers, layerDirectory: join(folder, 'layers') });

  // One after the other: a rejection that comes before somebody waits for it counts as a fault of its own.
  for (const write of [
    () => writeLayout(full, { path: join(folder, 'layout') }),
    () => writeLayout(stored, { path: join(disk, 'layout') }),
    () => writeArchive(stored, { path: join(disk, 'image.tar') }),
  ]) {
    await expect(write()).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('no space is left'),
    });
  }

  expect((await run('find', disk, '-type', 'f')).trim()).toBe('');
});

test('GNU tar unpacks a layer as root to the same files', async () => {
  const out = await makeFolder();
  for (const layer of image.layers) {
    const unpacking = promisify(execFile)('tar', ['-xp', '-C', out]);
    unpacking.child.stdin?.end(await readAll(layer.open()));
    await unpacking;
  }

  const listed = (await run('find', out, '-mindepth', '1', '-printf', '%P\n')).trim().split('\n').sort();
  expect(listed).toEqual(Object.keys(await describeTree(image)).sort());
});

/** An image whose layers are what GNU tar makes of the named files, in this order. */
async function stackTars(layers: readonly (readonly [string, readonly string[]])[]): Promise<Image> {
  const made = await Promise.all(
    layers.map(async ([root, names]) => {
      const file = join(await makeFolder(), 'layer.tar');
      await run('tar', '-cf', file, '--no-recursion', '-C', root, ...names);
      const bytes = await readFile(file);
      return createStoredLayer({
        diffId: digestOf(bytes),
        history: {},
        compression: 'none',
        descriptor: { mediaType: '', digest: digestOf(bytes), size: bytes.length },
        where: file,
        layerDirectory: join(folder, 'layers'),
        openBlob: async function* () {
          yield bytes;
        },
      });
    }),
  );
  const config = {
    ...image.config,
    rootfs: { type: 'layers', diff_ids: made.map(({ diffId }) => diffId) },
    history: [],
  } as const;
  return { ...image, config, configBytes: Buffer.from(JSON.stringify(config)), layers: made };
}

/** Lets the config through. */
function refuseLayers(
  { layers }: Image,
  putBlob: ReturnType<typeof createRegistry>['putBlob'],
): typeof putBlob {
  return async (blob, options) => {
    const { digest } = blob.descriptor;
    if (layers.some(({ descriptor }) => descriptor?.digest === digest))
      throw new Error(`sends the layer ${digest}`);
    await putBlob(blob, options);
  };
}
