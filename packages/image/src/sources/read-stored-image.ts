/** Makes an image of a manifest and the place where its blobs are, whatever that place is. */

import { buffer } from 'node:stream/consumers';
import { ImageError } from '../errors.ts';
import { digestOf } from '../image/digest.ts';
import type { BlobOrigin, Descriptor, Image, ImageConfig, StoredManifest } from '../image/image.ts';
import { findCompression } from '../image/media-types.ts';
import { formatPlatform, type Platform } from '../image/platform.ts';
import { defaultLayerDirectory } from '../layers/compress-layer.ts';
import { createStoredLayer } from '../layers/stored-layer.ts';
import { listLayerHistory, parseImageConfig, platformOf } from './parse-image-config.ts';
import { largestDocumentBytes } from './parse-json.ts';
import { parseManifest } from './parse-manifest.ts';
import { isSamePlatform, selectPlatform } from './select-platform.ts';

/** Where blobs are. */
export interface BlobSource {
  /** As it is named in messages: `registry.example.com/app:1`, or a path. */
  readonly where: string;
  readonly origin?: BlobOrigin | undefined;
  /** Streams a blob, and checks its length and digest. */
  openBlob(descriptor: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Tells whether a blob is there, where that costs nothing: an index may name images that were left behind. */
  holds?(descriptor: Descriptor): Promise<boolean>;
  /** Reads a manifest that an index names. */
  readManifest(descriptor: Descriptor, signal?: AbortSignal): Promise<StoredManifest>;
}

/** Which of a source's images is wanted. */
export interface ReadImageOptions {
  readonly platform: Platform;
  /** Keeps layers that must be compressed again; default `.optml/layers` in the current folder. */
  readonly layerDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Indexes may hold indexes; a loop of them must end. */
const deepestIndex = 4;

/**
 * Reads the image that a manifest or an index describes. Layers stay where they are.
 *
 * @throws ImageError `MANIFEST_INVALID`, `MANIFEST_UNSUPPORTED`, `CONFIG_INVALID`, `PLATFORM_MISSING`, or what the
 *   source throws.
 */
export async function readStoredImage(
  source: BlobSource,
  stored: StoredManifest,
  options: ReadImageOptions,
): Promise<Image> {
  const { where } = source;
  let current = stored;
  for (let depth = 0; depth < deepestIndex; depth++) {
    const manifest = parseManifest(current.bytes, { mediaType: current.descriptor.mediaType, where });
    if (manifest.kind === 'image') {
      const configBytes = await readDocument(source, manifest.config, options.signal);
      const image = composeImage(source, { configBytes, layers: manifest.layers }, options);
      return source.origin === undefined ? image : { ...image, manifestType: stored.descriptor.mediaType };
    }
    const held = await Promise.all(manifest.manifests.map((entry) => source.holds?.(entry) ?? true));
    const there = { ...manifest, manifests: manifest.manifests.filter((_, index) => held[index]) };
    const chosen = selectPlatform(there, options.platform, { where });
    current = await source.readManifest(chosen, options.signal);
  }
  throw new ImageError('INDEX_INVALID', `${where} is an index of indexes, more than ${deepestIndex} deep`);
}

function composeImage(
  source: BlobSource,
  { configBytes, layers }: { readonly configBytes: Uint8Array; readonly layers: readonly Descriptor[] },
  { platform, layerDirectory = defaultLayerDirectory }: ReadImageOptions,
): Image {
  const { where, origin } = source;
  const config = parseImageConfig(configBytes, layers.length, where);
  assertPlatform(config, platform, where);
  const history = listLayerHistory(config);
  return {
    platform: platformOf(config),
    config,
    configBytes,
    layers: layers.map((descriptor, index) =>
      createStoredLayer({
        diffId: config.rootfs.diff_ids[index] as string,
        history: history[index] ?? {},
        compression: findCompression(descriptor.mediaType) ?? 'none',
        descriptor,
        origin,
        where,
        layerDirectory,
        openBlob: (signal) => source.openBlob(descriptor, signal),
      }),
    ),
  };
}

/** @throws ImageError `PLATFORM_MISSING` for a config of another platform than the wanted one. */
export function assertPlatform(config: ImageConfig, platform: Platform, where: string): void {
  const has = platformOf(config);
  if (isSamePlatform(has, platform)) return;
  throw new ImageError(
    'PLATFORM_MISSING',
    `${where} is an image for ${formatPlatform(has)}, not for ${formatPlatform(platform)}: choose that platform, or another image`,
  );
}

/** Reads a small blob whole. */
export async function readDocument(
  source: Pick<BlobSource, 'openBlob' | 'where'>,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (descriptor.size > largestDocumentBytes) {
    throw new ImageError(
      'MANIFEST_INVALID',
      `${source.where} says that ${descriptor.digest} is a document of ${descriptor.size} bytes; at most ${largestDocumentBytes} are allowed`,
    );
  }
  return buffer(source.openBlob(descriptor, signal));
}

/** A manifest with the descriptor of its own bytes. */
export function describeManifest(bytes: Uint8Array, mediaType: string): StoredManifest {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
