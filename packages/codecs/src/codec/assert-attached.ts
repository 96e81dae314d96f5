/** Guards typed arrays whose memory has gone, which would be written as if they were empty. */

import { CodecError, type CodecErrorCode } from '../errors.ts';

/** Asks what every method of a typed array asks first. */
const { at } = Object.getPrototypeOf(Uint8Array.prototype) as { readonly at: (index: number) => unknown };

/**
 * Lets pass what still has its memory.
 *
 * @throws `CodecError` with `code` for an array whose buffer was transferred, or has become too short for it
 */
export function assertAttached(array: ArrayBufferView, code: CodecErrorCode = 'OCTETS_UNENCODABLE'): void {
  if (array.byteLength > 0) return;
  try {
    at.call(array, 0);
  } catch (cause) {
    const message =
      'the memory of the array is gone, its buffer was transferred or resized: send a copy, made with slice() before that';
    throw new CodecError(code, message, { cause });
  }
}
