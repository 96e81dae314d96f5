/** Looks into a layer: what it holds at which path, without unpacking it. */

import { ImageError } from '../errors.ts';
import type { Layer } from '../image/image.ts';
import { TarFault } from '../tar/decode-tar-header.ts';
import type { TarHeader } from '../tar/encode-tar-header.ts';
import { readTar } from '../tar/read-tar.ts';

/** One path of a layer, while it passes. */
export interface LayerFile extends Omit<TarHeader, 'path'> {
  /** From the image's root, without slashes at the ends; the root itself is empty. */
  readonly path: string;
  /**
   * What a lower layer had at `path` is deleted (`path`), or everything it had below `path` (`content`). Such an
   * entry is not a file of its own.
   */
  readonly deletes?: 'path' | 'content' | undefined;
  /** Streams the content; what is not read before the next entry is passed over. */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * Reads the entries of a layer in their order. Paths are normalised; one that leads out of the image is refused.
 *
 * @throws ImageError `LAYER_PATH_UNSAFE`, `LAYER_INVALID`, and what opening the layer throws.
 */
export async function* readLayerEntries(
  layer: Pick<Layer, 'open' | 'diffId'>,
  signal?: AbortSignal,
): AsyncGenerator<LayerFile> {
  try {
    for await (const { header, content } of readTar(layer.open(signal))) {
      const path = toSafePath(header.path, layer.diffId);
      if (isAufsRecord(path)) continue;
      if (header.type === 'link') toSafePath(header.linkTarget ?? '', layer.diffId);
      yield { ...header, ...readWhiteout(path, layer.diffId), content };
    }
  } catch (error) {
    if (!(error instanceof TarFault)) throw error;
    const why = `the layer ${layer.diffId} is not a tar: ${error.message}; build the image again`;
    throw new ImageError('LAYER_INVALID', why, { digest: layer.diffId, cause: error });
  }
}

/** A leading `/` or `./` is harmless and common; `..` and NUL never are. */
function toSafePath(path: string, diffId: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..') && !path.includes('\0')) return parts.join('/');
  throw new ImageError(
    'LAYER_PATH_UNSAFE',
    `the layer ${diffId} has the path ${JSON.stringify(path)}, which leads out of the image: do not use this image`,
    { path, digest: diffId },
  );
}

/** At the root, aufs kept its own books under such names (`.wh..wh.aufs`, `.wh..wh.plnk/...`); engines skip them. */
function isAufsRecord(path: string): boolean {
  return path.startsWith('.wh..wh.') && path !== '.wh..wh..opq';
}

/** Names that begin with `.wh.` are not files: they delete what lower layers have. */
function readWhiteout(path: string, diffId: string): Pick<LayerFile, 'path' | 'deletes'> {
  const slash = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  if (!name.startsWith('.wh.')) return { path };
  if (name === '.wh..wh..opq') return { path: folder, deletes: 'content' };
  const target = name.slice('.wh.'.length);
  if (target === '' || target === '.' || target === '..' || target.startsWith('.wh.')) {
    throw new ImageError(
      'LAYER_PATH_UNSAFE',
      `the layer ${diffId} has the path ${JSON.stringify(path)}, an invalid whiteout entry: do not use this image`,
      { path, digest: diffId },
    );
  }
  return { path: folder === '' ? target : `${folder}/${target}`, deletes: 'path' };
}
