/** The codec of application/x-npy. */

import { createDocumentCodec } from '../codec/document-codec.ts';
import type { NdArray } from './nd-array.ts';
import { readNpy } from './read-npy.ts';
import { type EncodableArray, writeNpy } from './write-npy.ts';

/**
 * Decodes and encodes numpy's file format, as `numpy.save` writes it. One array is one item: a stream is collected,
 * up to `maximumRecordBytes`, and yields its one array. Nothing is ever unpickled: arrays of objects are refused.
 * Any byte order and either order of elements is read; numbers are a view of the body where its bytes allow it, and
 * a copy elsewhere.
 *
 * Decoding throws `NPY_MALFORMED`, `NPY_UNSUPPORTED`, `TEXT_NOT_UTF8`, `RECORD_TOO_LARGE`; encoding
 * `NPY_UNENCODABLE`.
 *
 * @example
 * const body = npyCodec.encode([[5.1, 3.5], [6.2, 2.9]]);
 * npyCodec.decode(body); // { type: 'float64', shape: [2, 2], values: Float64Array [5.1, 3.5, 6.2, 2.9] }
 */
export const npyCodec = createDocumentCodec<NdArray, EncodableArray>({
  // The second is how the Python SDK's TorchTensorSerializer sends npy.
  mediaTypes: ['application/x-npy', 'tensor/pt'],
  name: 'npy',
  unencodable: 'NPY_UNENCODABLE',
  read: (bytes) => readNpy(bytes, { name: 'reading npy' }),
  write: writeNpy,
});
