/** Reads an image from an OCI layout: a folder of blobs and an `index.json` that names images among them. */

import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../errors.ts';
import { toFileFault } from '../files/file-fault.ts';
import { verifyBlob } from '../image/digest.ts';
import type { Descriptor, Image } from '../image/image.ts';
import { formatPlatform } from '../image/platform.ts';
import { findNames, splitImageName } from '../image/reference.ts';
import { type ImageIndex, type IndexEntry, parseManifest } from './parse-manifest.ts';
import {
  type BlobSource,
  describeManifest,
  type ReadImageOptions,
  readDocument,
  readStoredImage,
} from './read-stored-image.ts';
import { isAttestation } from './select-platform.ts';

/** The annotation by which an index names its images. */
export const nameAnnotation = 'org.opencontainers.image.ref.name';

/** What `readLayout` and `readArchive` need to know. */
export interface ReadFileOptions extends ReadImageOptions {
  /** Which image, where there are several: the full name, or the tag where it says enough. */
  readonly name?: string | undefined;
}

/**
 * Reads an image of the layout in `place`, a folder, behind which the name may stand: `images:team/app:1`.
 *
 * @throws ImageError `BASE_NOT_FOUND` for a folder that is not there, has no image of the name, or several;
 *   `LAYOUT_INVALID`, and what `readStoredImage` throws.
 */
export async function readLayout(place: string, options: ReadFileOptions): Promise<Image> {
  const { path, name } = await splitImageName(place, options.name);
  return readNamedImage(openLayout(path), await readLayoutIndex(path), { ...options, name });
}

/** Chooses by name, then by platform. Shared with archives, which may hold a layout. */
export async function readNamedImage(
  source: BlobSource,
  index: ImageIndex,
  options: ReadFileOptions,
): Promise<Image> {
  const named = chooseByName(index, options.name, source.where);
  const [only, ...others] = named.manifests;
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: index.mediaType, manifests: named.manifests }),
  );
  // A single entry may leave out its platform, or be an index itself.
  const start =
    only !== undefined && others.length === 0
      ? await source.readManifest(only, options.signal)
      : describeManifest(bytes, index.mediaType);
  return readStoredImage(source, start, options);
}

function chooseByName(index: ImageIndex, name: string | undefined, where: string): ImageIndex {
  const names = new Set(index.manifests.map(nameOf));
  if (index.manifests.length === 0) throw new ImageError('BASE_NOT_FOUND', `${where} does not hold an image`);
  if (name === undefined && names.size > 1) {
    throw new ImageError('BASE_NOT_FOUND', `${where} holds several images: choose one of ${list(names)}`);
  }
  const found: readonly (string | undefined)[] =
    name === undefined
      ? [...names]
      : findNames(
          [...names].filter((each) => each !== undefined),
          name,
        );
  if (found.length === 0) {
    throw new ImageError(
      'BASE_NOT_FOUND',
      `${where} does not hold an image "${name}": it has ${list(names)}`,
    );
  }
  const manifests = index.manifests.filter((entry) => found.includes(nameOf(entry)));
  assertOneImage(manifests, { where, name });
  return { ...index, manifests };
}

/** Entries for several platforms are one image, and so are several names of the same bytes; anything else is a guess. */
function assertOneImage(
  entries: readonly IndexEntry[],
  { where, name }: { readonly where: string; readonly name: string | undefined },
): void {
  const places = new Map<string, IndexEntry>();
  for (const entry of entries) {
    const platform = entry.platform === undefined ? '' : formatPlatform(entry.platform);
    const key = isAttestation(entry) ? entry.digest : platform;
    const other = places.get(key);
    places.set(key, entry);
    if (other === undefined || other.digest === entry.digest) continue;
    const names = new Set([nameOf(other), nameOf(entry)]);
    throw new ImageError(
      'BASE_NOT_FOUND',
      names.size > 1
        ? `${where} holds several images that match "${name}": choose one of ${list(names)}`
        : `${where} holds two images named ${list(names)}, ${other.digest} and ${entry.digest}: remove one`,
    );
  }
}

function nameOf({ annotations }: IndexEntry): string | undefined {
  // Docker and containerd put the full name into an annotation of their own.
  return annotations?.['io.containerd.image.name'] ?? annotations?.[nameAnnotation];
}

function list(names: ReadonlySet<string | undefined>): string {
  return [...names].map((name) => (name === undefined ? 'one without a name' : `"${name}"`)).join(', ');
}

/** Reads a layout's `index.json`. @throws ImageError `BASE_NOT_FOUND`, `LAYOUT_INVALID` */
async function readLayoutIndex(folder: string): Promise<ImageIndex> {
  const bytes = await readFile(join(folder, 'index.json')).catch((error) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? new ImageError(
          'BASE_NOT_FOUND',
          `${folder} is not an OCI layout: it has no index.json; make one with "optml build --output oci:DIR", or "skopeo copy SOURCE oci:DIR"`,
          { path: folder, cause: error },
        )
      : toFileFault(error, 'LAYOUT_INVALID', 'read an OCI layout', folder);
  });
  return parseIndex(bytes, folder);
}

/** Reads an `index.json`. @throws ImageError `LAYOUT_INVALID` */
export function parseIndex(bytes: Uint8Array, where: string): ImageIndex {
  const index = parseManifest(bytes, { where: `${where} (index.json)` });
  if (index.kind === 'index') return index;
  throw new ImageError(
    'LAYOUT_INVALID',
    `${where}: index.json is the manifest of one image: expected an index`,
  );
}

function openLayout(folder: string): BlobSource {
  const openBlob = (descriptor: Descriptor, signal?: AbortSignal) =>
    verifyBlob(streamFile(blobFile(folder, descriptor.digest), signal), descriptor, folder);
  return {
    where: folder,
    openBlob,
    holds: ({ digest }) =>
      access(blobFile(folder, digest)).then(
        () => true,
        () => false,
      ),
    readManifest: async (descriptor, signal) =>
      describeManifest(
        await readDocument({ where: folder, openBlob }, descriptor, signal),
        descriptor.mediaType,
      ),
  };
}

async function* streamFile(file: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { signal, highWaterMark: 256 * 1024 });
  } catch (error) {
    throw toFileFault(error, 'LAYOUT_INVALID', 'read a blob of an OCI layout', file);
  }
}

/** Where a layout keeps a blob. */
export function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
}
