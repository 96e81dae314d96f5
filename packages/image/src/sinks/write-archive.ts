/** Writes an image into one file that `docker load` takes: a tar with an OCI layout and the older `manifest.json`. */

import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { assertArchivePlace } from '../files/assert-place.ts';
import { createFolder } from '../files/create-folder.ts';
import { toFileFault } from '../files/file-fault.ts';
import { replaceFile } from '../files/write-whole.ts';
import { assembleManifest, streamOnce, toBlob } from '../image/assemble-manifest.ts';
import type { Image, ImageBlob } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';
import { encodeTarHeader, padding } from '../tar/encode-tar-header.ts';
import { compressLayers } from './compress-layers.ts';
import { describeEntry, type WriteOptions, type WrittenImage } from './write-layout.ts';

/**
 * Writes the image to the file `path`, which appears whole or not at all. `name` is a full one, for example `app:1`:
 * that is what `docker load` will call it. The same image and name give the same bytes.
 *
 * @throws ImageError `OUTPUT_OCCUPIED` for a file that is not an archive, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function writeArchive(
  image: Image,
  { path: file, format = 'docker', name, signal, onLayer }: WriteOptions,
): Promise<WrittenImage> {
  try {
    await assertArchivePlace(file);
    await createFolder(dirname(file));
    const layers = await compressLayers(image, { signal, onLayer });
    const descriptors = layers.map(({ descriptor }) => descriptor);
    const assembled = assembleManifest(image, { layerDescriptors: descriptors, format });
    const entries = listEntries(image, layers, assembled, name);
    await replaceFile(file, (unfinished) =>
      pipeline(writeEntries(entries, signal), createWriteStream(unfinished, { flags: 'wx' }), { signal }),
    );
    return {
      manifest: assembled.manifest.descriptor,
      config: assembled.config.descriptor,
      layers: descriptors,
    };
  } catch (error) {
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', 'write an archive', file);
  }
}

interface Entry {
  readonly path: string;
  readonly size: number;
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

function listEntries(
  image: Image,
  layers: readonly ImageBlob[],
  { manifest, config }: ReturnType<typeof assembleManifest>,
  name: string | undefined,
): readonly Entry[] {
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.oci.index,
    manifests: [describeEntry(image, manifest.descriptor, name)],
  };
  const old = [
    {
      Config: blobPath(config.descriptor.digest),
      RepoTags: name === undefined ? [] : [name],
      Layers: layers.map(({ descriptor }) => blobPath(descriptor.digest)),
    },
  ];
  const blobs = [...layers, ...[config, manifest].map(toBlob)];
  // A layer that stands in an image twice stands in the tar once.
  const byPath = new Map(
    blobs.map(({ descriptor, open }) => [
      blobPath(descriptor.digest),
      { path: blobPath(descriptor.digest), size: descriptor.size, open },
    ]),
  );
  return [
    ...byPath.values(),
    document('index.json', index),
    document('manifest.json', old),
    document('oci-layout', { imageLayoutVersion: '1.0.0' }),
  ];
}

function blobPath(digest: string): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`;
}

function document(path: string, value: object): Entry {
  const bytes = Buffer.from(JSON.stringify(value));
  return { path, size: bytes.length, open: () => streamOnce(bytes) };
}

const shared = { uid: 0, gid: 0, mtime: 0, size: 0 };

/** How each archive begins, byte for byte. */
export const archiveStart: Buffer = Buffer.concat(
  ['blobs', 'blobs/sha256'].map((path) =>
    encodeTarHeader({ ...shared, path, type: 'directory', mode: 0o755 }),
  ),
);

async function* writeEntries(
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  yield archiveStart;
  for (const { path, size, open } of entries) {
    yield encodeTarHeader({ ...shared, path, type: 'file', mode: 0o644, size });
    yield* open(signal);
    yield padding(size);
  }
  yield Buffer.alloc(1024);
}
