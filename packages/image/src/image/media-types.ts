/** The media types of images, and which of Docker's means the same as which of OCI's. */

import type { ManifestFormat } from './image.ts';

type Kind = 'index' | 'manifest' | 'config' | 'tar' | 'gzip';

/** Both families; a rename from one to the other keeps every blob as it is. */
export const mediaTypes: Readonly<Record<ManifestFormat, Readonly<Record<Kind, string>>>> = {
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    tar: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    tar: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
};

/** Each layer type without its compression; those of layers that registries once kept out are read like the others. */
const layerTypes: ReadonlySet<string> = new Set([
  mediaTypes.docker.tar,
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  mediaTypes.oci.tar,
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
]);

/** How a layer's bytes are compressed, by its media type; `undefined` for a type that is not a layer's. */
export function findCompression(mediaType: string): 'none' | 'gzip' | 'zstd' | undefined {
  const [, type = mediaType, compression = 'none'] = /^(.*)[.+](gzip|zstd)$/.exec(mediaType) ?? [];
  return layerTypes.has(type) ? (compression as 'none' | 'gzip' | 'zstd') : undefined;
}
