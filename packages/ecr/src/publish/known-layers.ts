/** Layers that a repository has already, by the digest of their uncompressed tar: they are neither compressed nor sent. */

import type { Descriptor, Image } from '@optml/image';
import { digestOf, mediaTypes } from '@optml/image/manifest';
import {
  type BlobPlace,
  type EcrImage,
  findLatestDigest,
  parseManifest,
  type ReadOptions,
  readImages,
  readSmallBlob,
} from '../repository/read-images.ts';

/** What is told to people about a step that does less than it could. */
export type OnNotice = (message: string) => void;

/** How a step is ended, and whom it tells. */
export interface NoticedOptions extends ReadOptions {
  readonly onNotice: OnNotice;
}

/**
 * Finds the compressed layers of the images that the tags name, or of the newest image when they name none.
 *
 * Reuse is a saving and no need: where an image cannot be read, a notice says why, and its layers are not known.
 */
export async function findKnownLayers(
  place: () => Promise<BlobPlace>,
  { image, tagged, connection, address }: KnownLayersQuery,
  { signal, onNotice }: NoticedOptions,
): Promise<ReadonlyMap<string, Descriptor>> {
  const known = new Map<string, Descriptor>();
  const images = tagged.length > 0 ? tagged : await readLatest({ connection, address }, { signal, onNotice });
  for (const { manifest, digest } of images) {
    const { config, layers = [] } = parseManifest(manifest);
    if (config === undefined || layers.some(({ mediaType }) => !gzipTypes.has(mediaType))) continue;
    try {
      const diffIds = await readDiffIds(place, { image, config }, signal);
      if (diffIds.length !== layers.length) continue;
      for (const [index, diffId] of diffIds.entries()) {
        if (!known.has(diffId)) known.set(diffId, layers[index] as Descriptor);
      }
    } catch (error) {
      signal?.throwIfAborted();
      onNotice(`cannot reuse layers of ${address.repository}@${digest}: ${(error as Error).message}`);
    }
  }
  return known;
}

/** Whose layers are looked for, and where. */
export interface KnownLayersQuery extends Pick<BlobPlace, 'connection' | 'address'> {
  readonly image: Pick<Image, 'config' | 'configBytes'>;
  /** What the tags name now. */
  readonly tagged: readonly EcrImage[];
}

/** The media types of a layer that is compressed with gzip, the only ones that can be compared and sent again. */
export const gzipTypes: ReadonlySet<string> = new Set([mediaTypes.docker.gzip, mediaTypes.oci.gzip]);

async function readLatest(
  { connection, address }: Pick<BlobPlace, 'connection' | 'address'>,
  { signal, onNotice }: NoticedOptions,
): Promise<readonly EcrImage[]> {
  try {
    const latest = await findLatestDigest(connection, address, { signal, onNotice });
    return latest === undefined
      ? []
      : await readImages(connection, address, [{ imageDigest: latest }], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    onNotice(`cannot reuse layers of an earlier image: ${(error as Error).message}`);
    return [];
  }
}

/** The config of the image itself is at hand: when nothing changed, nothing is read. */
async function readDiffIds(
  place: () => Promise<BlobPlace>,
  { image, config }: { readonly image: KnownLayersQuery['image']; readonly config: Descriptor },
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (config.digest === digestOf(image.configBytes)) return image.config.rootfs.diff_ids;
  const bytes = await readSmallBlob(await place(), config, { signal });
  const { rootfs } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Image['config']>;
  return rootfs?.diff_ids ?? [];
}
