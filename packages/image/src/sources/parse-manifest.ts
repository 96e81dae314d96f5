/** Reads manifests and indexes of Docker and OCI. */

import { ImageError } from '../errors.ts';
import { isDigest } from '../image/digest.ts';
import type { Descriptor } from '../image/image.ts';
import { findCompression, mediaTypes } from '../image/media-types.ts';
import type { Platform } from '../image/platform.ts';
import { isObject, type JsonObject, parseJsonObject, quote } from './parse-json.ts';

/** The manifest of one image. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One of the images of an index. */
export interface IndexEntry extends Descriptor {
  readonly platform?: Platform | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A list of manifests, as of an image for several platforms. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly IndexEntry[];
}

/**
 * Reads a manifest or an index. `mediaType` is what its source calls it, which counts only where the document does
 * not say.
 *
 * @throws ImageError `MANIFEST_INVALID` for one that is malformed; `MANIFEST_UNSUPPORTED` for one of another kind,
 *   as Docker's schema 1 or an artifact.
 */
export function parseManifest(
  bytes: Uint8Array,
  { mediaType, where }: { readonly mediaType?: string | undefined; readonly where: string },
): ImageManifest | ImageIndex {
  const document = parseJsonObject(bytes, 'MANIFEST_INVALID', `the manifest of ${where}`);
  const type = readMediaType(document, mediaType);
  if (document.schemaVersion === 1) {
    throw unsupported(
      where,
      'is of schema 1, which registries gave up in 2019: push the image again with a newer tool',
    );
  }
  if (type === mediaTypes.docker.index || type === mediaTypes.oci.index) {
    const manifests = readList(document, 'manifests', where).map((entry, index) =>
      readIndexEntry(entry, `manifests[${index}]`, where),
    );
    return { kind: 'index', mediaType: type, manifests };
  }
  if (type !== mediaTypes.docker.manifest && type !== mediaTypes.oci.manifest) {
    throw unsupported(where, `has the media type ${quote(type)}: only images of Docker and OCI are read`);
  }
  const config = readDescriptor(document.config, 'config', where);
  if (!configTypes.has(config.mediaType)) {
    throw unsupported(where, `is an artifact of type ${quote(config.mediaType)}, not an image`);
  }
  const layers = readList(document, 'layers', where).map((layer, index) => readLayer(layer, index, where));
  return { kind: 'image', mediaType: type, config, layers };
}

/** Builders and registries have written types that say nothing; whether it is a config, its content tells. */
const configTypes: ReadonlySet<string> = new Set([
  mediaTypes.docker.config,
  mediaTypes.oci.config,
  'application/octet-stream',
  'application/json',
  'text/html',
  '',
]);

/** Some OCI documents leave their type out: what they hold tells. */
function readMediaType(document: JsonObject, given: string | undefined): unknown {
  if (document.mediaType !== undefined) return document.mediaType;
  if (Array.isArray(document.manifests)) return mediaTypes.oci.index;
  if (given !== undefined && given !== 'application/json' && given !== 'application/octet-stream')
    return given;
  return isObject(document.config) ? mediaTypes.oci.manifest : undefined;
}

function readLayer(value: unknown, index: number, where: string): Descriptor {
  const layer = readDescriptor(value, `layers[${index}]`, where);
  if (findCompression(layer.mediaType) !== undefined) return layer;
  throw unsupported(where, `has a layer of type ${quote(layer.mediaType)}: only tar, gzip and zstd are read`);
}

function readIndexEntry(value: unknown, place: string, where: string): IndexEntry {
  const descriptor = readDescriptor(value, place, where);
  const { platform, annotations } = value as JsonObject;
  return { ...descriptor, platform: readPlatform(platform), annotations: readAnnotations(annotations) };
}

function readPlatform(value: unknown): Platform | undefined {
  const { os, architecture, variant } = isObject(value) ? value : {};
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, variant: typeof variant === 'string' ? variant : undefined };
}

function readAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  const texts = Object.entries(isObject(value) ? value : {}).filter(([, text]) => typeof text === 'string');
  return texts.length === 0 ? undefined : Object.fromEntries(texts as [string, string][]);
}

function readDescriptor(value: unknown, place: string, where: string): Descriptor {
  if (!isObject(value)) throw invalid(where, `${place} is ${quote(value)}: expected a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string')
    throw invalid(where, `${place}.mediaType is ${quote(mediaType)}: expected text`);
  if (!isDigest(digest)) {
    throw invalid(where, `${place}.digest is ${quote(digest)}: expected sha256: and 64 hexadecimal digits`);
  }
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw invalid(where, `${place}.size is ${quote(size)}: expected a number of bytes`);
  }
  return { mediaType, digest, size: size as number };
}

function readList(document: JsonObject, field: string, where: string): readonly unknown[] {
  const value = document[field];
  if (Array.isArray(value)) return value;
  throw invalid(where, `${field} is ${quote(value)}: expected a list`);
}

function invalid(where: string, what: string): ImageError {
  return new ImageError('MANIFEST_INVALID', `the manifest of ${where} is malformed: ${what}`);
}

function unsupported(where: string, what: string): ImageError {
  return new ImageError('MANIFEST_UNSUPPORTED', `the manifest of ${where} ${what}`);
}
