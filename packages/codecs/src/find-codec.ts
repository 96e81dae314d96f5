/** Picks the codec of a media type. */

import type { Codec } from './codec.ts';

/** Returns the first codec that answers to a media type (any case, no parameters), if there is one. */
export function findCodec(codecs: readonly Codec[], type: string): Codec | undefined {
  const wanted = type.toLowerCase();
  return codecs.find((codec) => codec.mediaTypes.includes(wanted));
}
