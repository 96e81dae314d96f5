/** Makes a layer of files on this machine. */

import { createHash } from 'node:crypto';
import { ImageError } from '../errors.ts';
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
  const hash = createHash('sha256');
  for await (const chunk of writeLayerTar(entries, mtime)) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  const diffId = `sha256:${hash.digest('hex')}`;
  const open = () => rereadFiles(entries, mtime, diffId);
  return {
    kind,
    diffId,
    history,
    open,
    compress: (signal) => compressLayer({ diffId, open, layerDirectory, signal }),
  };
}

async function* rereadFiles(
  entries: readonly LayerEntry[],
  mtime: number,
  diffId: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of writeLayerTar(entries, mtime)) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` === diffId) return;
  throw new ImageError(
    'FILE_CHANGED',
    `a file of the layer ${diffId} changed while the image was built: end what writes it (a watching build, perhaps), and build again`,
    { digest: diffId },
  );
}
