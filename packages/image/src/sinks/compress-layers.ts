/** Compresses the layers of an image, a few at a time. */

import type { Descriptor, Image, ImageBlob } from '../image/image.ts';

/** Each runs on a thread of its own in Node's pool of four. */
const atOnce = 4;

/**
 * Compresses all layers and gives their blobs in the order of the image. The first failure ends the others.
 */
export async function compressLayers(
  { layers }: Pick<Image, 'layers'>,
  {
    signal,
    onLayer,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onLayer?: ((index: number, descriptor: Descriptor) => void) | undefined;
  },
): Promise<readonly ImageBlob[]> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const blobs: ImageBlob[] = [];
  const waiting = layers.entries();
  const work = async () => {
    for (const [index, layer] of waiting) {
      either.throwIfAborted();
      const blob = await layer.compress(either);
      blobs[index] = blob;
      onLayer?.(index, blob.descriptor);
    }
  };
  const workers = Array.from({ length: atOnce }, async () => {
    try {
      await work();
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const [failure] = (await Promise.allSettled(workers)).filter((end) => end.status === 'rejected');
  if (failure !== undefined) throw signal?.aborted ? signal.reason : (failed.signal.reason ?? failure.reason);
  return blobs;
}
