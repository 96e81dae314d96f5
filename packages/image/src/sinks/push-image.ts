/** Writes an image into a repository of a registry. */

import { assembleManifest, toBlob } from '../image/assemble-manifest.ts';
import type { Descriptor, Image, ManifestFormat } from '../image/image.ts';
import type { Registry } from '../registry/registry.ts';
import type { WrittenImage } from './write-layout.ts';

/** Where an image is pushed to, and under which names. */
export interface PushOptions {
  readonly registry: Registry;
  readonly repository: string;
  /** Without any, the image is reached by its digest only. */
  readonly tags?: readonly string[] | undefined;
  /** Default `docker`. */
  readonly format?: ManifestFormat | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pushes the blobs that the repository does not have, then the config, then the manifest by each tag: nothing is
 * ever tagged before it is whole.
 *
 * @throws ImageError what the registry and the layers throw.
 */
export async function pushImage(
  image: Image,
  { registry, repository, tags = [], format = 'docker', signal }: PushOptions,
): Promise<WrittenImage> {
  const request = { repository, signal };
  const layers: Descriptor[] = [];
  for (const layer of image.layers) {
    if (layer.descriptor !== undefined && (await registry.hasBlob(layer.descriptor.digest, request))) {
      layers.push(layer.descriptor);
      continue;
    }
    const blob = await layer.compress(signal);
    if (!(await registry.hasBlob(blob.descriptor.digest, request))) {
      await registry.putBlob(blob, request);
    }
    layers.push(blob.descriptor);
  }
  const { manifest, config } = assembleManifest(image, { layerDescriptors: layers, format });
  await registry.putBlob(toBlob(config), request);
  for (const reference of tags.length > 0 ? tags : [manifest.descriptor.digest]) {
    await registry.putManifest(manifest, { ...request, reference });
  }
  return { manifest: manifest.descriptor, config: config.descriptor, layers };
}
