/** `optml build` from outside: an image, or one line that says what to change. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { buildImage, readArchive, readLayout, writeLayout } from '@optml/image';
import { readLayerEntries } from '@optml/image/layers';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, type RunOptions, runOptml, startOptml } from '../../test/run-optml.ts';

const amd64 = { os: 'linux', architecture: 'amd64' } as const;

const declaration = {
  files: [
    { from: 'dist', to: '/app/dist' },
    { from: 'node_modules', to: '/app/node_modules', optional: true },
    { from: 'bin', to: '/usr/local/bin/' },
  ],
  entrypoint: ['node', '/app/dist/main.js'],
  environment: { NODE_ENV: 'production' },
  labels: { 'org.opencontainers.image.title': 'mine' },
};

/** A project that is built, but for what `files` changes in it; `undefined` removes a file. */
async function makeProject(
  files: Readonly<Record<string, string | undefined>> = {},
  image: object = declaration,
) {
  const folder = await makeFolder();
  const all = {
    'package.json': JSON.stringify({ name: '@team/my-model', optml: { image } }),
    'dist/main.js': 'console.log("main");\n',
    'bin/train': '#!/bin/sh\n',
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    if (content === undefined) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** A base of one small file, beside the project. */
async function makeBase(): Promise<string> {
  const folder = await makeFolder();
  const content = new TextEncoder().encode('base\n');
  const entries = [{ path: 'etc/base', type: 'file', mode: 0o644, size: content.length, content }] as const;
  const image = await buildImage({
    platform: amd64,
    layers: [{ kind: 'base', files: [], entries }],
    layerDirectory: join(folder, 'layers'),
  });
  await writeLayout(image, { path: join(folder, 'base') });
  return `oci:${join(folder, 'base')}`;
}

async function build(folder: string, words: readonly string[] = [], options: RunOptions = {}) {
  const outcome = await runOptml(['build', '--base', await makeBase(), ...words], {
    workingDirectory: folder,
    ...options,
  });
  const { ok, data, error } = JSON.parse(words.includes('--json') ? outcome.out : '{}');
  return { ...outcome, json: ok === true ? data : { ok, error } };
}

test('writes a layout, prints its digest, and says on stderr what it does', async () => {
  const folder = await makeProject();

  const { code, out, err } = await build(folder);

  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/^image {3}oci:\.optml\/image\ndigest {2}sha256:[0-9a-f]{64}\n$/),
  });
  expect(err).toMatch(
    /^optml: building the image my-model on oci:\S+, linux\/amd64\noptml: reading a layer of the base, once\noptml: layer 1 of 2, base: \d+ B, sha256:\S+\noptml: layer 2 of 2, application: /,
  );
  const image = await readLayout(join(folder, '.optml/image'), { platform: amd64, layerDirectory: folder });
  expect(image.config.config).toMatchObject({
    Entrypoint: ['node', '/app/dist/main.js'],
    Labels: { 'org.opencontainers.image.title': 'mine' },
  });
});

test('two copies of a project give one digest, and the layout and the archive of it too', async () => {
  const results = [];
  for (const output of ['oci:out', 'docker:out.tar', 'oci:out']) {
    results.push((await build(await makeProject(), ['--json', '--output', output])).json);
  }

  expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
  expect(results[0]).toMatchObject({
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    name: 'my-model',
    tag: 'latest',
    platform: 'linux/amd64',
    layers: [{ kind: 'base' }, { kind: 'application', size: expect.any(Number) }],
  });
});

test.each(['oci:image', 'docker:image.tar', 'oci:dist/deep/image', 'oci:.optml/other'])(
  'a project that is copied whole gives one digest three times, written to %s',
  async (output) => {
    const folder = await makeProject({}, { files: [{ from: '.', to: '/app' }] });
    const base = await makeBase();
    const digests = [];
    for (let time = 0; time < 3; time += 1) {
      const { code, out, err } = await runOptml(['build', '--base', base, '--output', output], {
        workingDirectory: folder,
      });
      expect({ code, err }).toMatchObject({ code: 0 });
      digests.push(out.match(/sha256:\S+/)?.[0]);
    }

    expect(new Set(digests).size).toBe(1);
  },
);

test.each(['.', '*'])(
  'a project that is copied by "%s" gives one digest, written to one place after the other',
  async (from) => {
    const folder = await makeProject({}, { files: [{ from, to: '/app/' }] });
    const base = await makeBase();
    const outputs = ['oci:one', 'docker:two.tar', 'docker:deep/three', 'oci:one', 'docker:two.tar'];
    const runs = [];
    for (const output of outputs)
      runs.push(await runOptml(['build', '--base', base, '--output', output], { workingDirectory: folder }));

    expect(runs.map(({ code, err }) => ({ code, err }))).toEqual(
      outputs.map(() => expect.objectContaining({ code: 0 })),
    );
    const digests = runs.map(({ out }) => out.match(/sha256:\S+/)?.[0]);
    expect(new Set(digests).size).toBe(1);
    expect(runs.map(({ err }) => err.match(/left out .*/g) ?? [])).toEqual([
      [],
      [expect.stringMatching(/^left out one: written by an earlier build; to copy it anyway, declare it/)],
      [expect.stringMatching(/^left out one, two.tar: /)],
      [expect.stringMatching(/^left out deep\/three, two.tar: /)],
      [expect.stringMatching(/^left out deep\/three, one: /)],
    ]);
  },
);

test.each([
  ['oci:.', '.'],
  ['oci:dist', 'dist'],
  ['docker:bin/train', 'bin/train'],
])(
  'an output of %s, which the image is made of, is refused before anything is written',
  async (output, from) => {
    const folder = await makeProject({}, { files: [{ from, to: '/app/x' }] });
    const before = await readdir(folder, { recursive: true });

    const { code, err } = await build(folder, ['--output', output]);

    expect(code).toBe(2);
    expect(err).toMatch(/cannot write .*: choose /);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  },
);

test('dependencies stand in a layer of their own, below the application', async () => {
  const folder = await makeProject({ 'node_modules/dependency/index.js': 'export default 1;\n' });

  const { json } = await build(folder, ['--json']);
  await writeFile(join(folder, 'dist/main.js'), 'console.log("changed");\n');
  const changed = (await build(folder, ['--json'])).json;

  expect(json.layers.map(({ kind }: { kind: string }) => kind)).toEqual([
    'base',
    'dependencies',
    'application',
  ]);
  expect(changed.layers.slice(0, 2)).toEqual(json.layers.slice(0, 2));
  expect(changed.digest).not.toBe(json.digest);
});

test('what a pattern matches can lie in a lower layer than the rest of its folder', async () => {
  const chunks = { from: 'dist/chunk-*.js', to: '/app/dist/', layer: 'dependencies' };
  const files = {
    'dist/chunk-A.js': 'export const a = 1;\n',
    'dist/chunk-B.js': 'export const b = 1;\n',
    'dist/chunk-B.js.map': '{}',
    '.dockerignore': '**/chunk-A.js\n',
  };
  const folder = await makeProject(files, { ...declaration, files: [chunks, ...declaration.files] });

  await build(folder);

  const image = await readLayout(join(folder, '.optml/image'), { platform: amd64, layerDirectory: folder });
  const listed: Record<string, string[]> = {};
  for (const layer of image.layers.slice(1)) {
    const paths: string[] = [];
    listed[layer.history.comment ?? ''] = paths;
    for await (const { path, type } of readLayerEntries(layer)) if (type === 'file') paths.push(path);
  }
  expect(listed).toEqual({
    'optml: dependencies': ['app/dist/chunk-B.js'],
    'optml: application': ['app/dist/chunk-B.js.map', 'app/dist/main.js', 'usr/local/bin/train'],
  });
});

test('a label of the command line stands over a declared one', async () => {
  const folder = await makeProject();

  await build(folder, ['--label', 'org.opencontainers.image.title=yours', '--label', 'revision=a=b']);

  const image = await readLayout(join(folder, '.optml/image'), { platform: amd64, layerDirectory: folder });
  expect(image.config.config?.Labels).toMatchObject({
    'org.opencontainers.image.title': 'yours',
    revision: 'a=b',
  });
});

test('an archive has the name and tag that docker load will give it', async () => {
  const folder = await makeProject();

  await build(folder, ['--output', 'docker:image.tar', '--tag', '1.0']);

  const options = { platform: amd64, layerDirectory: folder };
  await expect(
    readArchive(join(folder, 'image.tar'), { ...options, name: 'my-model:1.0' }),
  ).resolves.toBeDefined();
});

test('an image that was built is a base, by layout and by archive', async () => {
  const base = await makeProject();
  await build(base, ['--output', 'oci:base', '--tag', 'b']);
  await build(base, ['--output', 'docker:base.tar', '--tag', 'b']);
  const folder = await makeProject({ 'dist/main.js': 'top\n' });

  const onLayout = await build(folder, ['--base', `oci:${base}/base:b`, '--json']);
  const onArchive = await build(folder, ['--base', `docker:${base}/base.tar`, '--json']);

  expect([onLayout.code, onArchive.code]).toEqual([0, 0]);
  expect(onLayout.json.layers.map(({ kind }: { kind: string }) => kind)).toEqual([
    'base',
    'base',
    'application',
  ]);
  expect(onArchive.json.layers).toEqual(onLayout.json.layers);
});

test('.dockerignore counts inside of what is declared, and does not hide a build output that is declared', async () => {
  const folder = await makeProject({
    '.dockerignore': 'dist\n**/*.secret\n',
    'bin/key.secret': 'key',
    'dist/x.secret': '',
  });

  await build(folder);

  const image = await readLayout(join(folder, '.optml/image'), { platform: amd64, layerDirectory: folder });
  const paths: string[] = [];
  for (const layer of image.layers) for await (const { path } of readLayerEntries(layer)) paths.push(path);
  expect(paths).toEqual([
    'etc',
    'etc/base',
    'app',
    'app/dist',
    'app/dist/main.js',
    'app/dist/x.secret',
    'usr',
    'usr/local',
    'usr/local/bin',
    'usr/local/bin/train',
  ]);
});

test('a file that is not there is named', async () => {
  const folder = await makeProject({ 'dist/main.js': undefined });

  expect(await build(folder)).toMatchObject({
    code: 2,
    out: '',
    err: `optml: ${join(folder, 'dist')} is to be copied into the image and does not exist: make it first, or change image.files in the configuration of ${folder}\n`,
  });
});

test.each([
  ...['linux/vax', 'linux/arm', 'linux/arm/v7', 'linux/arm64/v9', 'linux', ''].map(
    (platform): [string[], number, string] => [
      ['--platform', platform],
      2,
      `unknown platform "${platform}": give linux/amd64, or linux/arm64 for Graviton`,
    ],
  ),
  [['--base', 'NODE:24'], 2, '"NODE:24" does not name an image'],
  [['--base', 'oci:nowhere'], 2, 'is not an OCI layout: it has no index.json'],
  [['--base', 'docker:nowhere.tar'], 2, 'does not exist: make it with'],
  [['--base', 'docker:package.json'], 1, 'package.json is damaged or not an archive'],
  [['--base', '127.0.0.1:1/app:1'], 1, '127.0.0.1:1 does not answer'],
  [['--base', '127.0.0.1:1/app:1'], 1, ', or build without a base image (--base scratch)'],
  [['--output', 'somewhere'], 2, '--output "somewhere" is not a valid output'],
  [['--output', 'oci:package.json'], 1, 'cannot write an OCI layout'],
  [
    ['--output', 'docker:package.json'],
    2,
    'package.json is a file already, and not an archive: choose another',
  ],
  [['--output', 'docker:dist'], 2, 'dist is a folder, not a file: choose another path'],
  [['--output', 'docker:/dev/null'], 2, '/dev/null is a device or a pipe, not a file: choose another path'],
  [['--output', 'docker:package.json/image.tar'], 1, 'a part of the path is a file, not a folder'],
  [['--output', 'oci:dist'], 2, 'dist has other files (main.js): choose an empty folder'],
  [['--output', 'oci:.optml/app/image'], 2, 'the next bundle takes the place of this folder'],
  [['--output', 'docker:/proc/image.tar'], 1, 'cannot write an archive: /proc/image.tar'],
  [['--label', 'revision'], 2, '--label "revision" is not a label: write it as name=value'],
  [['--tag', 'a b'], 2, '--tag "a b" is not a valid tag'],
])('optml build %j ends with exit code %s and "%s"', async (words, exitCode, message) => {
  const folder = await makeProject();
  const before = await Promise.all(
    ['package.json', 'dist/main.js'].map((file) => readFile(join(folder, file))),
  );

  const { code, out, err } = await build(folder, words);

  expect({ code, out }).toEqual({ code: exitCode, out: '' });
  expect(err).toContain(message);
  expect(err).not.toContain('    at ');
  for (const [index, file] of ['package.json', 'dist/main.js'].entries())
    expect(await readFile(join(folder, file))).toEqual(before[index]);
  expect(await readdir(join(folder, 'dist'))).toEqual(['main.js']);
});

test('with --json an error is one object, with the code of what failed', async () => {
  const { code, json } = await build(await makeProject(), ['--json', '--base', 'oci:nowhere']);

  expect(code).toBe(2);
  expect(json).toMatchObject({ ok: false, error: { code: 'BASE_UNUSABLE', cause: 'BASE_NOT_FOUND' } });
});

test.each([
  [{ ...declaration, files: [] }, 'optml.image.files is []: expected '],
  [{ ...declaration, file: [] }, 'optml.image.file is not known (did you mean "files"?)'],
  [
    { ...declaration, files: [{ from: 'dist', to: 'app' }] },
    'optml.image.files[0].to is "app": expected a path from the root',
  ],
  [
    { ...declaration, files: [{ from: '*/main.js', to: '/app/' }] },
    'optml.image.files[0].from is "*/main.js": expected a path, with a * in its last part only',
  ],
])('a declaration that is wrong is refused with the place in it', async (image, message) => {
  const { code, err } = await build(await makeProject({}, image));

  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('a base in a registry that asks for a login gets that of docker login, and is told when there is none', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await makeProject({
    'docker/config.json': JSON.stringify({
      auths: { [host]: { auth: Buffer.from('me:secret').toString('base64') } },
    }),
  });

  const environment = { DOCKER_CONFIG: join(folder, 'docker') };
  const { code, err } = await build(folder, ['--base', `${host}/app:1`], { environment });

  expect(asked).toEqual([undefined, `Basic ${Buffer.from('me:secret').toString('base64')}`]);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('log in, or log in again') });
  expect(err).not.toContain('secret');
});

test('nothing is left behind by a build that is stopped', async () => {
  const folder = await makeProject();
  const base = await makeBase();

  const running = startOptml(['build', '--base', base, '--output', 'docker:image.tar'], {
    workingDirectory: folder,
  });
  running.stop();
  const { code, err } = await running.outcome;

  expect(code).toBe(1);
  expect(err).toContain('the image was not built: it was stopped');
  await expect(readFile(join(folder, 'image.tar'))).rejects.toThrow('ENOENT');
});
