/** Writes the manifest of an image: the same image and descriptors give the same bytes. */

import { ImageError } from '../errors.ts';
import { digestOf } from './digest.ts';
import type { Descriptor, Image, ImageBlob, ManifestFormat, StoredManifest } from './image.ts';
import { mediaTypes } from './media-types.ts';

/** What a sink needs beside the layers. */
export interface AssembledManifest {
  readonly manifest: StoredManifest;
  readonly config: StoredManifest;
}

/**
 * Writes the manifest that names the image's config and its layers as `layerDescriptors` say, in their order.
 * Their media types are replaced by those of the format, which changes no digest; the default is Docker's
 * version 2 schema 2, the one that SageMaker's hosting takes.
 *
 * @throws ImageError `BUILD_INVALID` for another number of descriptors than the image has layers.
 */
export function assembleManifest(
  image: Pick<Image, 'configBytes' | 'layers'>,
  {
    layerDescriptors,
    format = 'docker',
  }: { readonly layerDescriptors: readonly Descriptor[]; readonly format?: ManifestFormat | undefined },
): AssembledManifest {
  if (layerDescriptors.length !== image.layers.length) {
    throw new ImageError(
      'BUILD_INVALID',
      `cannot write a manifest of ${layerDescriptors.length} descriptors for ${image.layers.length} layers: give one for each`,
    );
  }
  const types = mediaTypes[format];
  const config = store(image.configBytes, types.config);
  const document = {
    schemaVersion: 2,
    // OCI may leave it out, but ECR refuses a manifest without it.
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layerDescriptors.map(({ digest, size }) => ({ mediaType: types.gzip, size, digest })),
  };
  return { manifest: store(new TextEncoder().encode(JSON.stringify(document)), types.manifest), config };
}

function store(bytes: Uint8Array, mediaType: string): StoredManifest {
  return { descriptor: { mediaType, size: bytes.length, digest: digestOf(bytes) }, bytes };
}

/** Gives a document (a config or a manifest, small enough to hold) the form in which sinks take layers. */
export function toBlob({ descriptor, bytes }: StoredManifest): ImageBlob {
  return { descriptor, open: () => streamOnce(bytes) };
}

/** Gives bytes in memory as a stream. */
export async function* streamOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
