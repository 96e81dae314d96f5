/** A document as a blob: a config or a manifest, which are small enough to hold. */

import type { ImageBlob, StoredManifest } from './image.ts';

/** Gives stored bytes the form in which sinks take layers. */
export function toBlob({ descriptor, bytes }: StoredManifest): ImageBlob {
  return { descriptor, open: () => streamOnce(bytes) };
}

/** Gives bytes in memory as a stream. */
export async function* streamOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
