/** Lint from outside: every rule can be reached, and an image is judged wherever it is, by all of its layers. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectEcr, logIn } from '@optml/ecr';
import { lintRules } from '@optml/ecr/lint';
import { type StoredRepository, startFakeEcr } from '@optml/ecr/testing';
import { buildImage, type Image, type LayerEntry, type RunOptions, writeLayout } from '@optml/image';
import { digestOf, mediaTypes } from '@optml/image/manifest';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, type Outcome, runOptml, testEnvironment } from '../../test/run-optml.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
});

const amd64 = { os: 'linux', architecture: 'amd64' } as const;

function entry(path: string, text: string | Buffer = '', mode = 0o644): LayerEntry {
  const content = Buffer.from(text);
  return { path, type: 'file', mode, size: content.length, content };
}

/** The head of an ELF file for arm64. */
function arm64Elf(): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE(0xb7, 18);
  return head;
}

/** An image of one layer for each list of entries, above one with the program. */
async function makeImage(folder: string, layers: readonly (readonly LayerEntry[])[], run: RunOptions = {}) {
  return buildImage({
    platform: amd64,
    layers: [[entry('usr/bin/node', 'the program', 0o755)], ...layers].map((entries) => ({
      kind: 'application' as const,
      files: [],
      entries,
    })),
    run: { entrypoint: ['node', '/app/main.js'], ...run },
    layerDirectory: join(folder, 'layers'),
  });
}

async function start() {
  const folder = await makeFolder();
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  const optml = (...words: string[]) =>
    runOptml(words, {
      workingDirectory: folder,
      environment: { ...testEnvironment, DOCKER_CONFIG: folder, ...ecr.environment },
    });
  return { folder, ecr, optml };
}

/** A registry that is not ECR, with an image in it, and the login that Docker has kept for it. */
async function startSource(folder: string, image: Image) {
  const source = await startFakeEcr({ mode: 'spec' });
  onTestFinished(() => source.close());
  await writeLayout(image, { path: join(folder, 'pushed'), name: 'latest' });
  await runOptml(
    ['publish', '--image', 'oci:pushed', '--repository', 'team/app', '--tag', 'v1', '--no-lint'],
    { workingDirectory: folder, environment: { ...testEnvironment, ...source.environment } },
  );
  const host = new URL(source.url).host;
  const connection = await connectEcr({
    endpoint: source.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' },
  });
  onTestFinished(() => connection.close());
  const { username, password } = await logIn(connection);
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  const stored = source.registry().repositories.get('team/app') as StoredRepository;
  return { source, stored, name: `${host}/team/app:v1` };
}

/** Turns the one image of a repository into an OCI image, with a digest of its own. */
function makeOci({ images, tags }: StoredRepository): void {
  const [image] = images.values();
  const manifest = image?.manifest.replace(mediaTypes.docker.manifest, mediaTypes.oci.manifest) ?? '';
  const digest = digestOf(Buffer.from(manifest));
  images.set(digest, { digest, manifest, mediaType: mediaTypes.oci.manifest, pushedAt: new Date() });
  for (const tag of tags.keys()) tags.set(tag, digest);
}

function listCodes({ out }: Outcome): readonly string[] {
  const result = JSON.parse(out);
  return (result.data ?? result.error).findings.map(({ code }: { code: string }) => code);
}

test('a config as "docker import" writes it, with null for what is not set, is judged', async () => {
  const { folder, optml } = await start();
  const image = await makeImage(folder, [[entry('app/.env')]]);
  const run = { Env: null, Entrypoint: null, Cmd: null, Labels: null, WorkingDir: '' };
  const configBytes = Buffer.from(JSON.stringify({ ...image.config, history: null, config: run }));
  await writeLayout({ ...image, configBytes }, { path: join(folder, 'image'), name: 'latest' });

  const result = await optml('images', 'lint', '--image', 'oci:image', '--serverless', '--json');

  expect(listCodes(result)).toEqual(expect.arrayContaining(['SECRET', 'PROGRAM', 'HISTORY']));
});

test('every rule of the table is reached by the command', async () => {
  const { folder, optml } = await start();
  const codes = new Set<string>();
  const lint = async (image: Image, ...words: string[]) => {
    await writeLayout(image, { path: join(folder, 'image'), name: 'latest' });
    for (const code of listCodes(await optml('images', 'lint', '--image', 'oci:image', '--json', ...words)))
      codes.add(code);
  };
  const files = [
    entry('app/.env'),
    entry('app/run.sh', '#!/bin/sh\r\n'),
    entry('app/addon.node', arm64Elf()),
    entry('opt/ml/model/x'),
  ];
  const many = Array.from({ length: 130 }, (_, index) => [entry(`app/${index}`, `${index}`)]);

  const reference = `123456789012.dkr.ecr.us-east-1.amazonaws.com/${'x'.repeat(230)}`;
  const use = ['--serverless', '--feature', 'multi-model', '--reference', reference, '--region', 'eu-west-1'];
  const image = await makeImage(folder, [files, ...many], { entrypoint: ['sh', '-c', 'node'], user: 'node' });
  const config = { ...image.config, history: [] };
  const withoutHistory = { ...image, config, configBytes: Buffer.from(JSON.stringify(config)) };
  await lint(withoutHistory, ...use, '--instance-type', 'ml.c7g.large');
  await lint(await makeImage(folder, [], { entrypoint: ['tini', '--', 'node'] }));
  const program = await readFile('/bin/sh');
  await lint(await makeImage(folder, [[entry('usr/bin/node', program, 0o755)]]));
  // What was found in a layer of 11 GB once; to make one would take minutes.
  const [huge] = (await makeImage(folder, [])).layers;
  const facts = join(folder, '.optml/layers', `${huge?.diffId.slice('sha256:'.length)}.facts-1.jsonl`);
  await writeFile(facts, `${JSON.stringify({ ...entry('usr/bin/node', '', 0o755), size: 11e9 })}\n`);
  await lint(await makeImage(folder, []), '--serverless');
  const { stored, name } = await startSource(folder, await makeImage(folder, [[entry('app/x', 'x')]]));
  stored.blobs.delete(JSON.parse([...stored.images.values()][0]?.manifest ?? '').layers[1].digest);
  makeOci(stored);
  for (const code of listCodes(await optml('images', 'lint', '--image', name, '--json'))) codes.add(code);

  expect([...codes].sort()).toEqual(Object.keys(lintRules).sort());
});

test('an image in a registry is judged by its layers, as the same image in a folder is', async () => {
  const { folder, ecr, optml } = await start();
  const image = await makeImage(folder, [[entry('app/.env', 'TOKEN=1')]]);
  const { name } = await startSource(folder, image);

  const linted = await optml('images', 'lint', '--image', name);
  const published = await optml('publish', '--image', name, '--repository', 'iris', '--tag', 'v1');
  const fromFolder = await optml('publish', '--image', 'oci:pushed', '--repository', 'iris', '--tag', 'v1');

  for (const { code, out, err } of [linted, published, fromFolder]) {
    expect(code).toBe(1);
    expect(out + err).toContain('error SECRET: /app/.env holds credentials');
  }
  expect(ecr.registry().repositories.get('iris')?.tags.size ?? 0).toBe(0);
});

test('--verbose names the proxies, without a password, and a registry on this machine is reached without them', async () => {
  const { folder } = await start();
  const { name } = await startSource(folder, await makeImage(folder, []));
  const environment = {
    ...testEnvironment,
    DOCKER_CONFIG: folder,
    HTTP_PROXY: 'http://user:secret@127.0.0.1:1',
    no_proxy: 'example.com',
  };

  const outcome = await runOptml(['images', 'lint', '--image', name, '--verbose'], {
    workingDirectory: folder,
    environment,
  });

  expect(outcome).toEqual({
    code: 0,
    out: 'no findings\n',
    err: 'optml: proxy: http through http://user:***@127.0.0.1:1, except example.com\n',
  });
});

test('layers that are copied are judged on their way, fetched once, and before a tag moves', async () => {
  const { folder, ecr, optml } = await start();
  const good = await startSource(folder, await makeImage(folder, [[entry('app/main.js', 'x')]]));
  const fetched = () =>
    good.source.calls.filter(({ operation, status }) => operation === 'GET blob' && status === 200).length;
  const beforeLayers = fetched();

  const first = await optml('publish', '--image', good.name, '--repository', 'good', '--tag', 'v1');
  const once = fetched() - beforeLayers;
  const linted = await optml('images', 'lint', '--image', good.name);
  const bad = await startSource(folder, await makeImage(folder, [[entry('app/.netrc', 'x')]]));
  const refused = await optml('publish', '--image', bad.name, '--repository', 'bad', '--tag', 'v1');

  expect(first).toMatchObject({ code: 0 });
  // Two layers and the config; lint fetches the config alone.
  expect(once).toBe(3);
  expect(fetched() - beforeLayers - once).toBe(1);
  expect(linted).toMatchObject({ code: 0, out: 'no findings\n' });
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('error SECRET: /app/.netrc') });
  expect(ecr.registry().repositories.get('bad')?.tags.size).toBe(0);
});

test('a layer that the registry lost fails the publication where it is known by name only, unless that is allowed', async () => {
  const { folder, optml } = await start();
  const { stored, name } = await startSource(folder, await makeImage(folder, [[entry('app/x', 'x')]]));
  await optml('publish', '--image', 'oci:pushed', '--repository', 'iris', '--tag', 'v1', '--no-lint');
  for (const digest of stored.blobs.keys())
    if (JSON.parse([...stored.images.values()][0]?.manifest ?? '').config.digest !== digest)
      stored.blobs.delete(digest);

  const refused = await optml('publish', '--image', name, '--repository', 'iris', '--tag', 'v2');
  const allowed = await optml(
    'publish',
    '--image',
    name,
    '--repository',
    'iris',
    '--tag',
    'v2',
    '--allow-unread',
  );

  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /error LAYER_UNREAD: 2 layers not read \(cannot read a layer of team\/app: .*404/,
    ),
  });
  expect(allowed).toMatchObject({
    code: 0,
    err: expect.stringContaining('warning LAYER_UNREAD: 2 layers not read (not fetched)'),
  });
});

test('an OCI image in a registry is a finding there, and is published in the right form', async () => {
  const { folder, ecr, optml } = await start();
  const image = await makeImage(folder, [[entry('app/main.js', 'x')]]);
  const { stored, name } = await startSource(folder, image);
  makeOci(stored);

  const linted = await optml('images', 'lint', '--image', name);
  const published = await optml('publish', '--image', name, '--repository', 'iris', '--tag', 'v1');

  expect(linted).toMatchObject({
    code: 1,
    out: expect.stringContaining('error MANIFEST_TYPE: the manifest has'),
  });
  expect(published).toMatchObject({ code: 0 });
  const [there] = ecr.registry().repositories.get('iris')?.images.values() ?? [];
  expect(there?.mediaType).toBe(mediaTypes.docker.manifest);
});
