/** Whatever bytes a registry sends: a manifest, or a coded reason. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../errors.ts';
import { findCompression, mediaTypes } from '../image/media-types.ts';
import { listLayerHistory, parseImageConfig } from './parse-image-config.ts';
import { parseManifest } from './parse-manifest.ts';
import { selectPlatform } from './select-platform.ts';

const where = 'registry.example.com/app:1';
const digest = `sha256:${'a'.repeat(64)}`;
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.oci.manifest,
  config: { mediaType: mediaTypes.oci.config, digest, size: 2 },
  layers: [{ mediaType: mediaTypes.oci.gzip, digest, size: 3 }],
};

/** JSON near to a manifest: known fields with any value. */
const nearManifest = fc.record(
  {
    schemaVersion: fc.oneof(fc.constant(2), fc.jsonValue()),
    mediaType: fc.oneof(
      fc.constantFrom(...Object.values(mediaTypes.oci), ...Object.values(mediaTypes.docker)),
      fc.jsonValue(),
    ),
    config: fc.oneof(fc.constant(image.config), fc.jsonValue()),
    layers: fc.oneof(
      fc.constant(image.layers),
      fc.array(fc.oneof(fc.constant(image.layers[0]), fc.jsonValue())),
      fc.jsonValue(),
    ),
    manifests: fc.oneof(fc.array(fc.oneof(fc.constant(image.config), fc.jsonValue())), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test('any JSON near to a manifest is read or refused with a code', () => {
  fc.assert(
    fc.property(nearManifest, (document) => {
      try {
        const parsed = parseManifest(bytesOf(document), { where });
        expect(['image', 'index']).toContain(parsed.kind);
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError);
        expect((error as ImageError).code).toMatch(/^MANIFEST_(INVALID|UNSUPPORTED)$/);
      }
    }),
    { numRuns: 500 },
  );
});

test('any bytes are read or refused with a code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => parseManifest(bytes, { where })).toThrow(ImageError);
    }),
  );
});

test.each([
  [
    'a digest of another algorithm',
    { ...image, config: { ...image.config, digest: 'md5:abc' } },
    'config.digest is "md5:abc"',
  ],
  ['a size below zero', { ...image, layers: [{ ...image.layers[0], size: -1 }] }, 'layers[0].size is -1'],
  ['no layers', { ...image, layers: undefined }, 'layers is missing'],
])('a manifest with %s says which field is wrong', (_, document, what) => {
  expect(() => parseManifest(bytesOf(document), { where })).toThrow(
    expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringContaining(what) }),
  );
});

test.each([
  ['schema 1', { schemaVersion: 1, mediaType: 'application/vnd.docker.distribution.manifest.v1+json' }],
  ['an artifact', { ...image, config: { ...image.config, mediaType: 'application/vnd.oci.empty.v1+json' } }],
  [
    'a layer of an unknown kind',
    { ...image, layers: [{ ...image.layers[0], mediaType: 'application/wasm' }] },
  ],
])('%s is unsupported', (_, document) => {
  expect(() => parseManifest(bytesOf(document), { where })).toThrow(
    expect.objectContaining({ code: 'MANIFEST_UNSUPPORTED' }),
  );
});

test.each(['application/octet-stream', 'text/html', 'application/json', ''])(
  'a config of type "%s" may be one, as its content will tell',
  (mediaType) => {
    const document = { ...image, config: { ...image.config, mediaType } };

    expect(parseManifest(bytesOf(document), { where })).toMatchObject({
      kind: 'image',
      config: { mediaType },
    });
  },
);

test.each([
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
  ['application/vnd.oci.image.layer.v1.tar+lz4', undefined],
  ['application/vnd.oci.image.layer.v1', undefined],
])('a layer of type %s is compressed with %s', (mediaType, compression) => {
  expect(findCompression(mediaType)).toBe(compression);
});

test('an OCI manifest without a media type is known by what it holds', () => {
  const { mediaType: _, ...document } = image;

  expect(parseManifest(bytesOf(document), { where })).toMatchObject({
    kind: 'image',
    mediaType: mediaTypes.oci.manifest,
  });
});

describe('an index', () => {
  const entry = (architecture: string, extra: object = {}) => ({
    mediaType: mediaTypes.oci.manifest,
    digest: `sha256:${architecture
      .padEnd(64, '0')
      .replace(/[^0-9a-f]/g, 'f')
      .slice(0, 64)}`,
    size: 1,
    platform: { os: 'linux', architecture },
    ...extra,
  });
  const attestation = entry('unknown', {
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  });
  const read = (manifests: readonly object[]) => {
    const index = parseManifest(bytesOf({ schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests }), {
      where,
    });
    if (index.kind !== 'index') throw new Error('expected an index');
    return index;
  };

  test('gives the image of the platform, and never an attestation', () => {
    const index = read([attestation, entry('arm64'), entry('amd64')]);

    expect(selectPlatform(index, { os: 'linux', architecture: 'amd64' }, { where }).digest).toBe(
      entry('amd64').digest,
    );
    expect(selectPlatform(index, { os: 'linux', architecture: 'arm64' }, { where }).digest).toBe(
      entry('arm64').digest,
    );
  });

  test('without the platform says which there are', () => {
    const index = read([attestation, entry('arm64'), entry('s390x')]);

    expect(() => selectPlatform(index, { os: 'linux', architecture: 'amd64' }, { where })).toThrow(
      expect.objectContaining({
        code: 'PLATFORM_MISSING',
        message: `${where} has no image for linux/amd64: it has linux/arm64, linux/s390x; choose one of those, or another image`,
      }),
    );
  });
});

describe('a config', () => {
  test('of which Go has written "null" for what nobody set reads as one without these fields', () => {
    const run = { Env: null, Entrypoint: null, Cmd: null, Labels: null, ExposedPorts: null, User: 'root' };
    const bytes = bytesOf({ ...config, history: null, author: null, config: run });
    const { history: _, ...others } = config as Record<string, unknown>;
    expect(parseImageConfig(bytes, 2, where)).toStrictEqual({ ...others, config: { User: 'root' } });
    const unset = parseImageConfig(bytesOf({ ...config, config: null }), 2, where);
    expect(unset).not.toHaveProperty('config');
  });

  const config = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digest, digest] },
    history: [{}, { empty_layer: true }, {}],
  };

  test.each([
    ['fewer diff_ids than layers', config, 3, 'it has 2 diff_ids, but its manifest has 3 layers'],
    ['a diff_id that is none', { ...config, rootfs: { diff_ids: ['x'] } }, 1, 'rootfs.diff_ids is ["x"]'],
    [
      'an entry point in one string',
      { ...config, config: { Entrypoint: 'node' } },
      2,
      'config.Entrypoint is "node"',
    ],
    ['no architecture', { ...config, architecture: undefined }, 2, 'architecture is missing'],
  ])('with %s is refused', (_, document, layers, what) => {
    expect(() => parseImageConfig(bytesOf(document), layers, where)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(what) }),
    );
  });

  test.each([
    ['of other length', [{ created_by: 'a' }], []],
    ['that is null', null, []],
    ['that fits', [{ created_by: 'a' }, { empty_layer: true }, { created_by: 'b' }], ['a', 'b']],
  ])('with a history %s is read, and only one that fits tells of the layers', (_, history, steps) => {
    const read = parseImageConfig(bytesOf({ ...config, history }), 2, where);

    expect(listLayerHistory(read).map(({ created_by }) => created_by)).toEqual(steps);
  });

  test('of any JSON is read or refused with a code', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.record(
          { rootfs: fc.jsonValue(), history: fc.jsonValue(), config: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        (value, fields) => {
          for (const document of [value, { ...config, ...fields }]) {
            try {
              parseImageConfig(bytesOf(document), 2, where);
            } catch (error) {
              expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
