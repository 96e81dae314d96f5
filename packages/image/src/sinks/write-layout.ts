/** Writes an image into an OCI layout, beside the images that are there. */

import { createWriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { assertLayoutPlace } from '../files/assert-place.ts';
import { createFolder } from '../files/create-folder.ts';
import { toFileFault } from '../files/file-fault.ts';
import { replaceFile } from '../files/write-whole.ts';
import { assembleManifest, toBlob } from '../image/assemble-manifest.ts';
import type { Descriptor, Image, ImageBlob, ManifestFormat } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';
import type { ImageIndex, IndexEntry } from '../sources/parse-manifest.ts';
import { blobFile, nameAnnotation, parseIndex } from '../sources/read-layout.ts';
import { compressLayers } from './compress-layers.ts';

/** How an image is written to a file or folder. */
export interface WriteOptions {
  /** Of the folder of a layout, or the file of an archive. */
  readonly path: string;
  /** How the manifest is written; layers and config are the same in both. */
  readonly format?: ManifestFormat | undefined;
  /** The name of the image there, a tag. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for each layer once it is compressed. */
  readonly onLayer?: ((index: number, descriptor: Descriptor) => void) | undefined;
}

/** What was written. */
export interface WrittenImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/**
 * Writes the image into the layout in the folder `path`, which is made where there is none. Blobs that are there are not
 * written again. The index is replaced last and at once, so that it never names what is not whole; an image of the
 * same name gives way to the new one. The manifest is OCI's, unless `format` says otherwise: readers of layouts
 * expect it.
 *
 * @throws ImageError `OUTPUT_OCCUPIED` for a folder that holds something else, `OUTPUT_UNWRITABLE`, `DISK_FULL`, `LAYOUT_INVALID`
 */
export async function writeLayout(
  image: Image,
  { path: folder, format = 'oci', name, signal, onLayer }: WriteOptions,
): Promise<WrittenImage> {
  try {
    await assertLayoutPlace(folder);
    await createFolder(join(folder, 'blobs', 'sha256'));
    const index = await readIndex(folder);
    const layers = await compressLayers(image, { signal, onLayer });
    const descriptors = layers.map(({ descriptor }) => descriptor);
    const { manifest, config } = assembleManifest(image, { layerDescriptors: descriptors, format });
    const documents = [config, manifest].map(toBlob);
    for (const blob of [...layers, ...documents]) await writeBlob(folder, blob, signal);
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const entry = describeEntry(image, manifest.descriptor, name);
    const text = JSON.stringify(addToIndex(index, entry));
    await replaceFile(join(folder, 'index.json'), (unfinished) => writeFile(unfinished, text));
    return { manifest: manifest.descriptor, config: config.descriptor, layers: descriptors };
  } catch (error) {
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', 'write an OCI layout', folder);
  }
}

async function readIndex(folder: string): Promise<ImageIndex> {
  try {
    return parseIndex(await readFile(join(folder, 'index.json')), folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { kind: 'index', mediaType: mediaTypes.oci.index, manifests: [] };
  }
}

async function writeBlob(folder: string, blob: ImageBlob, signal: AbortSignal | undefined): Promise<void> {
  const file = blobFile(folder, blob.descriptor.digest);
  const there = await stat(file).catch(() => undefined);
  if (there?.size === blob.descriptor.size) return;
  await replaceFile(file, (unfinished) =>
    pipeline(blob.open(signal), createWriteStream(unfinished, { flags: 'wx' }), { signal }),
  );
}

/** What an index says of an image. */
export function describeEntry(
  { platform: { os, architecture, variant } }: Image,
  manifest: Descriptor,
  name: string | undefined,
): IndexEntry {
  const annotations = name === undefined ? undefined : { [nameAnnotation]: name };
  return { ...manifest, platform: { architecture, os, variant }, annotations };
}

function addToIndex(index: ImageIndex, entry: IndexEntry): object {
  const nameOf = ({ annotations }: IndexEntry) => annotations?.[nameAnnotation];
  const kept = index.manifests.filter((other) => nameOf(other) !== nameOf(entry));
  return { schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests: [...kept, entry] };
}
