import { digestOf, mediaTypes } from '@optml/image/manifest';
import { expect, test } from 'vitest';
import { startTarget } from '../../test/start-target.ts';
import type { StoredRepository } from '../testing/fake-store.ts';
import { repairImage } from './repair-image.ts';

const { oci, docker } = mediaTypes;

/** A repository with what docker buildx pushes: an index of an image and its provenance. */
async function startWithIndex({ layerType = oci.gzip, architecture = 'amd64' } = {}) {
  const started = await startTarget();
  await started.connection.call('CreateRepository', { repositoryName: 'iris' });
  const repository = started.ecr.registry().repositories.get('iris') as StoredRepository;
  const blob = (text: string, mediaType: string) => {
    const bytes = Buffer.from(text);
    repository.blobs.set(digestOf(bytes), bytes);
    return { mediaType, size: bytes.length, digest: digestOf(bytes) };
  };
  const put = (document: object, mediaType: string, tag?: string) => {
    const manifest = JSON.stringify(document);
    const digest = digestOf(Buffer.from(manifest));
    repository.images.set(digest, { digest, manifest, mediaType, pushedAt: new Date() });
    if (tag !== undefined) repository.tags.set(tag, digest);
    return { mediaType, size: manifest.length, digest };
  };
  const image = put(
    {
      schemaVersion: 2,
      mediaType: oci.manifest,
      config: blob('{}', oci.config),
      layers: [blob('a layer', layerType)],
      annotations: { 'org.opencontainers.image.created': 'today' },
    },
    oci.manifest,
    'oci',
  );
  const provenance = put({ schemaVersion: 2, config: blob('x', oci.config), layers: [] }, oci.manifest);
  const manifests = [
    { ...image, platform: { os: 'linux', architecture } },
    { ...provenance, platform: { os: 'unknown', architecture: 'unknown' } },
  ];
  put({ schemaVersion: 2, mediaType: oci.index, manifests }, oci.index, 'index');
  return { ...started, repository, image };
}

const expected = (config: string, layer: string) => ({
  schemaVersion: 2,
  mediaType: docker.manifest,
  config: { mediaType: docker.config, size: 2, digest: digestOf(Buffer.from(config)) },
  layers: [{ mediaType: docker.gzip, size: 7, digest: digestOf(Buffer.from(layer)) }],
});

test.each(['oci', 'index'])(
  'the tag %s becomes a Docker image with one PutImage and no layer bytes',
  async (tag) => {
    const { ecr, connection, repository } = await startWithIndex();

    const result = await repairImage(connection, { repository: 'iris', tag });

    expect(result).toMatchObject({ repaired: true, after: { mediaType: docker.manifest } });
    const stored = repository.images.get(repository.tags.get(tag) ?? '');
    expect(JSON.parse(stored?.manifest ?? '')).toEqual(expected('{}', 'a layer'));
    expect(result.reference).toBe(`123456789012.dkr.ecr.us-east-1.amazonaws.com/iris@${stored?.digest}`);
    const operations = ecr.calls.map(({ operation }) => operation);
    expect(operations.filter((operation) => operation === 'PutImage')).toHaveLength(1);
    expect(operations.filter((operation) => /upload|Layer/.test(operation))).toEqual([]);
  },
);

test.each([
  ['config', { config: { mediaType: oci.config } }],
  ['config that says nothing', { config: { mediaType: 'application/octet-stream' } }],
  ['layer', { layer: { mediaType: oci.gzip } }],
])('a Docker manifest whose %s has a type of OCI is repaired, too', async (_, change) => {
  const { connection, repository, image } = await startWithIndex();
  const stored = JSON.parse(repository.images.get(image.digest)?.manifest ?? '');
  const { config = {}, layer = {} } = change as { readonly config?: object; readonly layer?: object };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: docker.manifest,
    config: { ...stored.config, mediaType: docker.config, ...config },
    layers: stored.layers.map((one: object) => ({ ...one, mediaType: docker.gzip, ...layer })),
  });
  const digest = digestOf(Buffer.from(manifest));
  repository.images.set(digest, { digest, manifest, mediaType: docker.manifest, pushedAt: new Date() });
  repository.tags.set('mixed', digest);

  const result = await repairImage(connection, { repository: 'iris', tag: 'mixed' });

  expect(result.repaired).toBe(true);
  const after = JSON.parse(repository.images.get(result.after.digest)?.manifest ?? '');
  expect(after).toEqual(expected('{}', 'a layer'));
});

test('the only entry of an index is taken without a platform, and a nested index is called that', async () => {
  const { connection, repository, image } = await startWithIndex();
  const put = (manifests: readonly object[], tag: string) => {
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: oci.index, manifests });
    const digest = digestOf(Buffer.from(manifest));
    repository.images.set(digest, { digest, manifest, mediaType: oci.index, pushedAt: new Date() });
    repository.tags.set(tag, digest);
    return { mediaType: oci.index, digest, size: manifest.length };
  };
  const inner = put([image], 'alone');
  put([{ ...inner, platform: { os: 'linux', architecture: 'amd64' } }], 'nested');

  expect(await repairImage(connection, { repository: 'iris', tag: 'alone' })).toMatchObject({
    repaired: true,
  });
  await expect(repairImage(connection, { repository: 'iris', tag: 'nested' })).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: expect.stringContaining('it is a nested index'),
  });
});

test('what was repaired is left alone the next time', async () => {
  const { ecr, connection } = await startWithIndex();
  const { after } = await repairImage(connection, { repository: 'iris', tag: 'index' });
  const before = ecr.calls.length;

  const again = await repairImage(connection, { repository: 'iris', tag: 'index' });

  expect(again).toMatchObject({ repaired: false, after });
  expect(ecr.calls.slice(before).some(({ operation }) => operation === 'PutImage')).toBe(false);
});

test('with a new tag the old one stays where it is', async () => {
  const { connection, repository } = await startWithIndex();
  const before = repository.tags.get('index');

  const { after } = await repairImage(connection, { repository: 'iris', tag: 'index', newTag: 'fixed' });

  expect([repository.tags.get('index'), repository.tags.get('fixed')]).toEqual([before, after.digest]);
});

test('a dry run puts nothing', async () => {
  const { connection, repository } = await startWithIndex();
  const before = repository.tags.get('index');

  const result = await repairImage(connection, { repository: 'iris', tag: 'index', dryRun: true });

  expect(result.repaired).toBe(true);
  expect(repository.tags.get('index')).toBe(before);
});

test.each([
  ['a tag that is not there', 'nothing', {}, 'IMAGE_MISSING', /check the tag/],
  [
    'an index for other platforms',
    'index',
    { architecture: 'arm64' },
    'PLATFORM_MISSING',
    /it has linux\/arm64/,
  ],
  [
    'a layer in zstd',
    'oci',
    { layerType: `${oci.tar}+zstd` },
    'IMAGE_UNSUPPORTED',
    /compressed with zstd .*publish the image/,
  ],
])('%s is an error', async (_, tag, options, code, message) => {
  const { connection } = await startWithIndex(options);

  await expect(repairImage(connection, { repository: 'iris', tag })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('an immutable tag is not tried to be moved', async () => {
  const { connection, repository } = await startWithIndex();
  repository.tagMutability = 'IMMUTABLE';

  await expect(repairImage(connection, { repository: 'iris', tag: 'index' })).rejects.toMatchObject({
    code: 'TAG_IMMUTABLE',
    message: expect.stringContaining('--new-tag'),
  });
});
