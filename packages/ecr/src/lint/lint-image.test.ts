import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildImage,
  type Image,
  ImageError,
  type Layer,
  type LayerEntry,
  type RunOptions,
} from '@optml/image';
import { mediaTypes } from '@optml/image/manifest';
import { afterAll, describe, expect, test } from 'vitest';
import { lintRules } from './finding.ts';
import type { ImageUse } from './lint-config.ts';
import { lintImage } from './lint-image.ts';

const layerDirectory = await mkdtemp(join(tmpdir(), 'optml-lint-'));
afterAll(() => rm(layerDirectory, { recursive: true }));

type Files = Readonly<Record<string, string | Buffer>>;

/** An image with a program that is right, and the files that a rule is about. */
async function makeImage(files: Files = {}, run: RunOptions = {}, architecture = 'amd64') {
  const entry = (path: string, content: string | Buffer, mode = 0o644): LayerEntry => {
    const bytes = Buffer.from(content);
    return { path, type: 'file', mode, size: bytes.length, content: bytes };
  };
  const entries = [
    entry('usr/bin/node', elf(architecture), 0o755),
    ...Object.entries(files).map(([path, content]) => entry(path, content)),
  ];
  return buildImage({
    platform: { os: 'linux', architecture },
    layers: [{ kind: 'application', files: [], entries }],
    run: { entrypoint: ['node', '/app/main.js'], environment: { PATH: '/usr/bin' }, ...run },
    layerDirectory,
  });
}

/** The same image with other layers, and a step of its history for each. */
function withLayers(image: Image, layers: readonly Layer[]): Image {
  return { ...image, layers, config: { ...image.config, history: layers.map(() => ({})) } };
}

const machines: Readonly<Record<string, number>> = { amd64: 0x3e, arm64: 0xb7 };

function elf(architecture: string): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x7f454c46, 0);
  header[4] = 2;
  header[5] = 1;
  header.writeUInt16LE(machines[architecture] ?? 0, 18);
  return header;
}

async function lint(files?: Files, run?: RunOptions, use: ImageUse = {}, architecture?: string) {
  const findings = await lintImage(await makeImage(files, run, architecture), { layerDirectory, ...use });
  return findings.map(({ code, severity, found }) => ({ code, severity, found }));
}

test('an image that is right has no findings', async () => {
  const files = { 'app/main.js': '#!/usr/bin/env node\n', 'app/addon.node': elf('amd64') };
  const reference = '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris:v1';
  const options = {
    instanceType: 'ml.g5.xlarge',
    serverless: true,
    reference,
    region: 'us-east-1',
    mediaType: mediaTypes.docker.manifest,
  };

  expect(await lint(files, {}, options)).toEqual([]);
});

test.each([
  [127, []],
  [128, [{ code: 'LAYER_COUNT', severity: 'warning', found: 'the image has 128 layers' }]],
])('of an image of %i layers, lint says %j', async (count, findings) => {
  const image = await makeImage();
  const [layer] = image.layers;
  const layers = Array.from({ length: count }, () => layer as typeof layer & object);

  const found = await lintImage(withLayers(image, layers), { layerDirectory });

  expect(found.map(({ code, severity, found }) => ({ code, severity, found }))).toEqual(findings);
});

test.each([
  ['more steps than layers', [{}, {}], {}, 1],
  ['steps without layers only', [{ empty_layer: true }], {}, 0],
  ['a step without a layer beside the one with it', [{ empty_layer: true }, {}], {}, 0],
  ['no history', undefined, {}, 0],
  ['no history, for serverless inference', undefined, { serverless: true }, 1],
] as const)('a history that does not fit the layers is a warning (%s)', async (_, history, use, count) => {
  const image = await makeImage();
  const { history: __, ...config } = image.config;
  const changed = { ...image, config: history === undefined ? config : { ...config, history } };

  const findings = await lintImage(changed, { layerDirectory, ...use });

  expect(findings.map(({ code, severity }) => [code, severity])).toEqual(
    Array(count).fill(['HISTORY', 'warning']),
  );
});

test.each<[string, RunOptions, ImageUse, string | undefined]>([
  ['MANIFEST_TYPE', {}, { mediaType: mediaTypes.oci.index }, undefined],
  ['PLATFORM', {}, { instanceType: 'ml.c7g.large' }, undefined],
  ['PLATFORM', {}, { instanceType: 'ml.m6gd.large' }, undefined],
  ['PLATFORM', {}, { instanceType: 'ml.m5.large' }, 'arm64'],
  ['PLATFORM', {}, {}, 'arm64'],
  ['USER', { user: 'node' }, {}, undefined],
  ['USER', { user: '1000:0' }, {}, undefined],
  ['LABEL', {}, { features: ['multi-model'] }, undefined],
  ['URI_LENGTH', {}, { reference: `host/${'x'.repeat(251)}` }, undefined],
  [
    'REGION',
    {},
    { reference: '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris', region: 'eu-west-1' },
    undefined,
  ],
  ['PROGRAM', { entrypoint: ['python3', 'main.py'] }, {}, undefined],
  ['PROGRAM', { entrypoint: ['/app/run'] }, {}, undefined],
])('%s is found with %j, %j on %s', async (code, run, options, architecture) => {
  expect((await lint({}, run, options, architecture)).map((finding) => finding.code)).toEqual([code]);
});

test.each([
  [['/bin/sh', '-c', 'node main.js'], 'ENTRYPOINT_SHELL'],
  [['tini', '--', 'node'], 'ENTRYPOINT_TINI'],
])('the entry point %j is found', async (entrypoint, code) => {
  expect((await lint({}, { entrypoint })).map((finding) => finding.code)).toContain(code);
});

test.each(['root', '0', '0:0', '', 'root:root'])('the user "%s" is root', async (user) => {
  expect(await lint({}, { user })).toEqual([]);
});

test('a label that says so makes a feature', async () => {
  const labels = { 'com.amazonaws.sagemaker.capabilities.multi-models': 'true' };

  expect(await lint({}, { labels }, { features: ['multi-model'] })).toEqual([]);
});

const key = '-----BEGIN RSA PRIVATE KEY-----\n';

test.each<[string, string | Buffer, string]>([
  ['app/.env', 'A=1', 'SECRET'],
  ['app/.env.production', 'A=1', 'SECRET'],
  ['root/.netrc', 'x', 'SECRET'],
  ['root/.aws/credentials', 'x', 'SECRET'],
  ['app/.git/config', 'x', 'SECRET'],
  ['app/.npmrc', '//registry/:_authToken=abc', 'SECRET'],
  ['root/.docker/config.json', '{"auths":{"x":{"auth":"YTpi"}}}', 'SECRET'],
  ['app/server.key', key, 'SECRET'],
  ['root/.ssh/id_ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----', 'SECRET'],
  ['app/addon.node', elf('arm64'), 'NATIVE_ARCHITECTURE'],
  ['app/start.sh', '#!/bin/sh\r\necho\r\n', 'SCRIPT_CRLF'],
  ['opt/ml/model/model.json', '{}', 'OPT_ML_FILES'],
  ['opt/ml/input/x', '', 'OPT_ML_FILES'],
])('%s is found', async (path, content, code) => {
  expect(await lint({ [path]: content })).toEqual([
    { code, severity: lintRules[code as 'SECRET'].severity, found: expect.stringContaining(`/${path}`) },
  ]);
});

test.each<[string, string | Buffer]>([
  ['app/.env.example', 'A='],
  ['app/node_modules/dotenv/.env', 'A=1'],
  ['app/.npmrc', `registry=https://registry.example.com\n//registry/:_authToken=\${NPM_TOKEN}`],
  ['etc/ssl/cert.pem', '-----BEGIN CERTIFICATE-----'],
  ['root/.docker/config.json', '{"credsStore":"ecr-login"}'],
  ['app/main.ts', 'line\r\n'],
  ['opt/ml/code/train.py', ''],
  ['app/short', '\x7fELF'],
])('%s is not a finding', async (path, content) => {
  expect(await lint({ [path]: content })).toEqual([]);
});

test('without an entry point train and serve must be programs on the PATH', async () => {
  const image = await makeImage({ 'usr/bin/train': '' });
  const { entrypoint: _, ...config } = { ...image.config.config, entrypoint: undefined };
  const bare = { ...image, config: { ...image.config, config: { ...config, Entrypoint: null } } };

  expect((await lintImage(bare, { layerDirectory })).map(({ found }) => found)).toEqual([
    '"train" is not executable',
    '"serve" is not on the PATH (/usr/bin)',
  ]);
});

test('a program behind symbolic links is found, also through a folder', async () => {
  const link = (path: string, linkTarget: string): LayerEntry => ({
    path,
    type: 'symlink',
    mode: 0o777,
    size: 0,
    linkTarget,
  });
  const program: LayerEntry = {
    path: 'usr/lib/node/run',
    type: 'file',
    mode: 0o755,
    size: 0,
    content: Buffer.alloc(0),
  };
  const image = await buildImage({
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [
      {
        kind: 'application',
        files: [],
        entries: [
          link('bin', 'usr/bin'),
          link('usr/bin/start', '../lib/node/run'),
          link('usr/bin/loop', 'loop'),
          program,
        ],
      },
    ],
    run: { entrypoint: ['/bin/start'] },
    layerDirectory,
  });

  expect(await lintImage(image, { layerDirectory })).toEqual([]);
  const loops = { ...image, config: { ...image.config, config: { Entrypoint: ['/bin/loop'] } } };
  expect((await lintImage(loops, { layerDirectory })).map(({ code }) => code)).toEqual(['PROGRAM']);
});

test('files of a base are not judged, those of an image without one are', async () => {
  const image = await makeImage({ 'app/.env': 'A=1' });
  const asBase = { ...image, layers: image.layers.map((base) => ({ ...base, kind: 'base' as const })) };
  const { layers: own } = await makeImage({ 'app/main.js': 'x' });
  const withOwn = withLayers(asBase, [...asBase.layers, ...own]);

  expect((await lintImage(asBase, { layerDirectory })).map(({ code }) => code)).toEqual(['SECRET']);
  expect(await lintImage(withOwn, { layerDirectory })).toEqual([]);
});

test('a script whose interpreter is not in the image, and one of a package with Windows line ends', async () => {
  const files = { 'app/node_modules/x/cli.js': '#!/usr/bin/env node\r\n', 'usr/bin/env': elf('amd64') };
  const image = await makeImage(files);
  const program = {
    path: 'app/run',
    type: 'file',
    mode: 0o755,
    size: 12,
    content: Buffer.from('#!/bin/bash\n'),
  } as const;
  const withScript = await buildImage({
    platform: image.platform,
    base: image,
    layers: [{ kind: 'application', files: [], entries: [program] }],
    run: { entrypoint: ['/app/run'] },
    layerDirectory,
  });

  expect(await lint(files)).toEqual([]);
  expect((await lintImage(withScript, { layerDirectory })).map(({ found }) => found)).toEqual([
    '"/app/run" is run by "/bin/bash", which is not in the image',
  ]);
});

describe('a layer that cannot be read', () => {
  const lintUnread = async (allowUnread: boolean, origin?: Layer['origin']) => {
    const image = await makeImage({ [crypto.randomUUID()]: 'x' });
    const [own] = (await makeImage({ 'app/.env': 'A=1' })).layers;
    const unreadable = image.layers.map((layer) => ({
      ...layer,
      kind: 'base' as const,
      ...(origin !== undefined && { origin }),
      open: () => {
        throw new ImageError('REGISTRY_REFUSED', 'cannot read a layer of base: it answered with status 404');
      },
    }));
    const layers = [...unreadable, own as Layer];
    const findings = await lintImage(withLayers(image, layers), { layerDirectory, allowUnread });
    return findings.map(({ code, severity, found }) => ({ code, severity, found }));
  };
  const secret = { code: 'SECRET', severity: 'error', found: '/app/.env holds credentials' };

  test('is an error that says why, and the others are judged', async () => {
    expect(await lintUnread(false)).toEqual([
      secret,
      {
        code: 'LAYER_UNREAD',
        severity: 'error',
        found: '1 layer of the base not read (cannot read a layer of base: it answered with status 404)',
      },
    ]);
  });

  test('is a warning where that is allowed, and one in a registry is not fetched then', async () => {
    expect(await lintUnread(true)).toMatchObject([secret, { code: 'LAYER_UNREAD', severity: 'warning' }]);
    expect(await lintUnread(true, { host: 'example.com', repository: 'base' })).toMatchObject([
      secret,
      { severity: 'warning', found: '1 layer of the base not read (not fetched)' },
    ]);
  });
});

test('every finding has a reason and a fix', async () => {
  const findings = await lintImage(await makeImage({ 'app/.env': '' }, { user: 'node' }), { layerDirectory });

  expect(findings).toMatchObject([
    { code: 'USER', reason: expect.stringMatching(/./), fix: expect.stringMatching(/./) },
    { code: 'SECRET', path: 'app/.env', fix: expect.stringContaining('.dockerignore') },
  ]);
});
