/** Picks the codec of a media type. */

import type { Codec } from './codec.ts';

/**
 * Returns the codec that answers to a media type (any case, no parameters), if there is one: the first that names it,
 * else the first with a range that holds it, such as `image/*`.
 */
export function findCodec(codecs: readonly Codec[], type: string): Codec | undefined {
  const wanted = type.toLowerCase();
  const named = codecs.find((codec) => codec.mediaTypes.includes(wanted));
  if (named !== undefined) return named;
  const range = `${wanted.split('/', 1)[0]}/*`;
  return codecs.find((codec) => codec.mediaTypes.includes(range));
}
