/** The codec of application/x-npz. */

import { createDocumentCodec } from '../codec/document-codec.ts';
import { type NamedArrays, readNpz } from './read-npz.ts';
import { type EncodableArrays, writeNpz } from './write-npz.ts';

/**
 * Decodes and encodes numpy's archives, as `numpy.savez` and `savez_compressed` write them: arrays by name, one
 * archive an item. `maximumRecordBytes` bounds the archive and, together, the arrays in it, before any is unpacked.
 * Names are never used as paths, and those that are one are refused, as are encrypted members and names that come
 * twice; sizes and checksums are proved.
 *
 * Decoding throws `NPZ_MALFORMED`, `NPZ_UNSUPPORTED` and what `npyCodec` throws, with the index of the member;
 * encoding `NPZ_UNENCODABLE`, `NPY_UNENCODABLE`.
 *
 * @example
 * const body = npzCodec.encode({ x: [[5.1, 3.5]], ids: ['a'] });
 * npzCodec.decode(body).x; // { type: 'float64', shape: [1, 2], values: Float64Array [5.1, 3.5] }
 */
export const npzCodec = createDocumentCodec<NamedArrays, EncodableArrays>({
  mediaTypes: ['application/x-npz'],
  name: 'npz',
  unencodable: 'NPZ_UNENCODABLE',
  read: (bytes, { limit }) => readNpz(bytes, limit),
  write: writeNpz,
});
