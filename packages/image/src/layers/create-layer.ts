/** Makes a layer of files on this machine. */

import { ImageError } from '../errors.ts';
import { digestOfStream, verifyDigest } from '../image/digest.ts';
import type { HistoryEntry, Layer, LayerKind } from '../image/image.ts';
import { compressLayer } from './compress-layer.ts';
import type { LayerEntry } from './layer-entry.ts';
import { writeLayerTar } from './write-layer-tar.ts';

/** What a layer is made of. */
export interface LayerOptions {
  readonly kind: LayerKind;
  readonly history: HistoryEntry;
  /** The time of every entry, in seconds since 1970. */
  readonly mtime: number;
  readonly layerDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the files of `entries` once, for the layer's diff_id. They are read again when the layer is opened or
 * compressed, and must still be the same then.
 *
 * @throws ImageError `FILE_CHANGED`, `FILE_UNREADABLE`
 */
export async function createLayer(entries: readonly LayerEntry[], options: LayerOptions): Promise<Layer> {
  const { kind, history, mtime, layerDirectory, signal } = options;
  const diffId = await digestOfStream(writeLayerTar(entries, mtime), signal);
  const open = () => verifyDigest(writeLayerTar(entries, mtime), diffId, () => changed(diffId));
  return {
    kind,
    diffId,
    history,
    open,
    compress: (signal) => compressLayer({ diffId, open, layerDirectory, signal }),
  };
}

function changed(diffId: string): ImageError {
  return new ImageError(
    'FILE_CHANGED',
    `a file of the layer ${diffId} changed while the image was built: stop what writes it (perhaps a build in watch mode), and build again`,
    { digest: diffId },
  );
}
