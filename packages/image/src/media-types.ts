/** The media types of images, and which of Docker's means the same as which of OCI's. */

import type { ManifestFormat } from './image.ts';

/** The types of one family. */
export interface MediaTypes {
  readonly index: string;
  readonly manifest: string;
  readonly config: string;
  readonly tar: string;
  readonly gzip: string;
}

/** Both families; a rename from one to the other keeps every blob as it is. */
export const mediaTypes: Readonly<Record<ManifestFormat, MediaTypes>> = {
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

/** How a layer's bytes are compressed, by its media type; `undefined` for a type that is no layer's. */
export function findCompression(mediaType: string): 'none' | 'gzip' | 'zstd' | undefined {
  const { docker, oci } = mediaTypes;
  if (mediaType === docker.gzip || mediaType === oci.gzip) return 'gzip';
  if (mediaType === docker.tar || mediaType === oci.tar) return 'none';
  if (mediaType === `${oci.tar}+zstd`) return 'zstd';
  // Layers that registries once kept out: the bytes are where the digest says, or the read fails.
  if (mediaType === 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip') return 'gzip';
  if (mediaType === 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip') return 'gzip';
  return undefined;
}
