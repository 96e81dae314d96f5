/** The codecs of bytes that are passed on as they are: application/octet-stream, and images. */

import { assertAttached } from '../codec/assert-attached.ts';
import type { Codec } from '../codec/codec.ts';
import { CodecError } from '../errors.ts';

/**
 * Passes bytes through uncopied: a body is its value, and the items of a stream are its chunks, whose bounds
 * mean nothing. Decoding never fails and has no record limit; encoding throws `OCTETS_UNENCODABLE`.
 */
export const octetStreamCodec = createBytesCodec('application/octet-stream');

/**
 * Passes images through as `octetStreamCodec` does, of any type: nothing looks inside. `application/x-image` is what
 * SageMaker's own image algorithms are sent.
 */
export const imageCodec = createBytesCodec('application/x-image', 'image/*');

function createBytesCodec(...mediaTypes: [string, ...string[]]): Codec<Uint8Array, Uint8Array> {
  return {
    mediaTypes,
    decode: (body) => body,
    encode: assertBytes,
    decodeStream: passChunks,
    async *encodeStream(items) {
      for await (const item of items) yield assertBytes(item);
    },
  };
}

function assertBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    assertAttached(value);
    return value;
  }
  const message = `writing octets: the value is ${value === null ? 'null' : typeof value}, send a Uint8Array`;
  throw new CodecError('OCTETS_UNENCODABLE', message);
}

async function* passChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
