/** The codec of application/x-recordio. */

import { createItemsCodec } from '../codec/items-codec.ts';
import { createRecordIoReader } from './record-io-reader.ts';
import { writeRecord } from './record-io-writer.ts';

/**
 * Decodes and encodes RecordIO, the framing of MXNet and of SageMaker's `RecordWrapperType`: a record is
 * bytes, and may hold anything, the frame's own magic included. A decoded record that lies whole in one chunk
 * is a view of that chunk: copy it (`slice`) where the source uses its chunks again, or to keep few of many.
 *
 * Decoding throws `RECORDIO_MALFORMED`, `RECORDIO_TRUNCATED`, `RECORD_TOO_LARGE`, each with the record and the
 * byte its frame begins at; encoding throws `RECORDIO_UNENCODABLE`. An empty body has no records.
 *
 * @example
 * const body = recordIoCodec.encode([Uint8Array.of(1, 2, 3)]);
 * recordIoCodec.decode(body); // [Uint8Array(3) [1, 2, 3]]
 */
export const recordIoCodec = createItemsCodec<Uint8Array, Uint8Array>({
  mediaTypes: ['application/x-recordio'],
  name: 'RecordIO',
  unencodable: 'RECORDIO_UNENCODABLE',
  createReader: createRecordIoReader,
  createWriter: () => writeRecord,
});
