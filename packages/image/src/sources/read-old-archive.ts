/** The form of `docker save` that has no digests but the diff_ids: `manifest.json` names a config and its layers. */

import { ImageError } from '../errors.ts';
import { digestOf, digestOfStream } from '../image/digest.ts';
import type { Image, Layer } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';
import { findNames } from '../image/reference.ts';
import { defaultLayerDirectory } from '../layers/compress-layer.ts';
import { createStoredLayer } from '../layers/stored-layer.ts';
import type { TarPlace } from '../tar/index-tar.ts';
import { findEntry, type OpenArchive, readEntry, requireEntry, streamEntry } from './open-archive.ts';
import { listLayerHistory, parseImageConfig, platformOf } from './parse-image-config.ts';
import { isObject, quote } from './parse-json.ts';
import type { ReadFileOptions } from './read-layout.ts';
import { assertPlatform } from './read-stored-image.ts';
import { type Compression, sniffCompression } from './sniff-compression.ts';

interface ArchivedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** @throws ImageError `ARCHIVE_INVALID`, `BASE_NOT_FOUND`, `CONFIG_INVALID`, `PLATFORM_MISSING` */
export async function readOldArchive(archive: OpenArchive, options: ReadFileOptions): Promise<Image> {
  const { file } = archive;
  const place = findEntry(archive, 'manifest.json');
  if (place === undefined) {
    throw new ImageError(
      'ARCHIVE_INVALID',
      `${file} is a tar without manifest.json or index.json, not an image: save one with "docker save" (not "docker export")`,
      { path: file },
    );
  }
  const chosen = choose(parseList(await readEntry(archive, place), file), options.name, file);
  const configBytes = await readEntry(archive, requireEntry(archive, chosen.Config));
  assertConfigName(chosen.Config, configBytes, file);
  const config = parseImageConfig(configBytes, chosen.Layers.length, file);
  assertPlatform(config, options.platform, file);
  const history = listLayerHistory(config);
  const layers = await Promise.all(
    chosen.Layers.map((path, index) =>
      readLayer(archive, requireEntry(archive, path), {
        diffId: config.rootfs.diff_ids[index] as string,
        history: history[index] ?? {},
        layerDirectory: options.layerDirectory ?? defaultLayerDirectory,
      }),
    ),
  );
  return { platform: platformOf(config), config, configBytes, layers };
}

/** A layer is a tar there, or compressed by the tools that pass registry blobs on. */
async function readLayer(
  archive: OpenArchive,
  place: TarPlace,
  known: Pick<Layer, 'diffId' | 'history'> & { readonly layerDirectory: string },
): Promise<Layer> {
  const openBlob = (signal?: AbortSignal) => streamEntry(archive, place, signal);
  const compression = (await sniffStream(openBlob())) ?? 'none';
  if (compression === 'xz' || compression === 'bzip2') {
    throw new ImageError(
      'LAYER_INVALID',
      `a layer of ${archive.file} is compressed with ${compression}: only tar, gzip and zstd are read; save the image again with another tool`,
      { path: archive.file, digest: known.diffId },
    );
  }
  const digest = compression === 'none' ? known.diffId : await digestOfStream(openBlob());
  return createStoredLayer({
    ...known,
    compression,
    descriptor: { mediaType: mediaTypes.docker.gzip, digest, size: place.header.size },
    where: archive.file,
    openBlob,
  });
}

async function sniffStream(source: AsyncIterable<Uint8Array>): Promise<Compression | undefined> {
  for await (const chunk of source) return sniffCompression(chunk);
  return undefined;
}

/** Docker names a config by its digest: the one check that this form allows before layers are read. */
function assertConfigName(name: string, bytes: Uint8Array, file: string): void {
  const named = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  if (named === undefined || digestOf(bytes) === `sha256:${named}`) return;
  throw new ImageError(
    'BLOB_MISMATCH',
    `the config of ${file} has the digest ${digestOf(bytes)}, but its name says ${named}: the archive was damaged or changed; save it again`,
    { path: file, digest: `sha256:${named}` },
  );
}

function parseList(bytes: Uint8Array, file: string): readonly ArchivedImage[] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid(`is not JSON: ${(cause as Error).message}`, cause);
  }
  if (!Array.isArray(value)) throw invalid(`is ${quote(value)}: expected a list of images`);
  return value.map((entry) => {
    const { Config, RepoTags, Layers } = isObject(entry) ? entry : {};
    if (typeof Config !== 'string' || !isStrings(Layers)) {
      throw invalid(`has the entry ${quote(entry)}: expected Config, Layers and RepoTags`);
    }
    return { Config, Layers, RepoTags: isStrings(RepoTags) ? RepoTags : [] };
  });

  function invalid(what: string, cause?: unknown): ImageError {
    return new ImageError('ARCHIVE_INVALID', `manifest.json of ${file} ${what}`, { path: file, cause });
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Several names of one image are one choice; several images are an error. */
function choose(images: readonly ArchivedImage[], name: string | undefined, file: string): ArchivedImage {
  const names = images.flatMap(({ RepoTags }) => RepoTags);
  const wanted = name === undefined ? undefined : findNames(names, name);
  const found = images.filter(({ RepoTags }) => wanted?.some((tag) => RepoTags.includes(tag)) ?? true);
  const [only] = found;
  if (only !== undefined && new Set(found.map(({ Config }) => Config)).size === 1) return only;
  const list = (tags: readonly string[]) => tags.map((tag) => `"${tag}"`).join(', ');
  const what =
    found.length === 0
      ? `does not hold an image${name === undefined ? '' : ` "${name}"`}: it has ${list(names) || 'none with a name'}`
      : `holds several images${name === undefined ? '' : ` that match "${name}"`}: choose one of ${list(wanted ?? names) || 'them by giving it a name (docker tag) before saving it'}`;
  throw new ImageError('BASE_NOT_FOUND', `${file} ${what}`, { path: file });
}
