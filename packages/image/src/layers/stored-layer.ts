/** A layer that exists already: in a registry, a layout or an archive, compressed in one way or another. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ImageError } from '../errors.ts';
import { verifyDigest } from '../image/digest.ts';
import type { BlobOrigin, Descriptor, HistoryEntry, Layer } from '../image/image.ts';
import { compressLayer } from './compress-layer.ts';

/** Where a stored layer is, and what is known of it. */
export interface StoredLayerOptions {
  readonly diffId: string;
  readonly history: HistoryEntry;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Of the stored bytes. */
  readonly descriptor: Descriptor;
  readonly origin?: BlobOrigin | undefined;
  /** Names the image in messages. */
  readonly where: string;
  readonly layerDirectory: string;
  /** Streams the stored bytes, checked. */
  openBlob(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Makes a layer of a stored blob. Nothing is read before it is opened or compressed. */
export function createStoredLayer(options: StoredLayerOptions): Layer {
  const { diffId, history, compression, descriptor, origin, layerDirectory, openBlob } = options;
  const open = (signal?: AbortSignal) => openTar(options, signal);
  const shared = { kind: 'base' as const, diffId, history, open };
  if (compression !== 'gzip') {
    return {
      ...shared,
      compress: (signal) => compressLayer({ diffId, open: () => open(signal), layerDirectory, signal }),
    };
  }
  return { ...shared, descriptor, origin, compress: async () => ({ descriptor, open: openBlob }) };
}

function openTar(
  { diffId, compression, where, openBlob }: StoredLayerOptions,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return verifyDigest(decompress(openBlob(signal), compression, where), diffId, (found) => {
    const why = `a layer of ${where} unpacks to ${found}, and its config says ${diffId}: the image is inconsistent; build it again`;
    return new ImageError('LAYER_INVALID', why, { digest: diffId });
  });
}

async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: 'none' | 'gzip' | 'zstd',
  where: string,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') return yield* source;
  const decompressor =
    compression === 'gzip' ? createGunzip({ chunkSize: 256 * 1024 }) : createZstdDecompress();
  // An error of the source destroys the decompressor with it, and comes out of the loop.
  const stream = pipeline(Readable.from(source, { objectMode: false }), decompressor, () => {});
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof ImageError || !isDecompressionFault(error)) throw error;
    const why = `a layer of ${where} is not ${compression}: ${(error as Error).message}; build the image again`;
    throw new ImageError('LAYER_INVALID', why, { cause: error });
  }
}

function isDecompressionFault(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && (code.startsWith('Z_') || code.startsWith('ZSTD_'));
}
