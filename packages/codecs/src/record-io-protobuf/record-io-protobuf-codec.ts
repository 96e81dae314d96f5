/** The codec of application/x-recordio-protobuf. */

import type { BodyReader } from '../codec/body-reader.ts';
import type { DecodeOptions } from '../codec/codec.ts';
import { createItemsCodec } from '../codec/items-codec.ts';
import { createRecordIoReader } from '../record-io/record-io-reader.ts';
import { writeRecord } from '../record-io/record-io-writer.ts';
import { readTensorRecord } from './record-reader.ts';
import { createTensorRecordWriter } from './record-writer.ts';
import type { EncodableTensorRecord, TensorRecord } from './tensor-record.ts';

/**
 * Decodes and encodes the protobuf records of SageMaker's own algorithms (`aialgs.data`), each in a RecordIO
 * frame, with numbers in typed arrays. Typed arrays own their memory; `bytes` are views as `recordIoCodec`'s.
 *
 * Decoding throws `PROTOBUF_MALFORMED` and `TEXT_NOT_UTF8`, with the record and the byte of it, and what
 * `recordIoCodec` throws; encoding throws `PROTOBUF_UNENCODABLE`, `RECORDIO_UNENCODABLE`.
 *
 * @example
 * const record = {
 *   features: { values: { values: Float32Array.of(5.1, 3.5) } },
 *   label: { values: { values: Float32Array.of(1) } },
 * };
 * const body = recordIoProtobufCodec.encode([record]);
 * recordIoProtobufCodec.decode(body); // [record]
 */
export const recordIoProtobufCodec = createItemsCodec<TensorRecord, EncodableTensorRecord>({
  mediaTypes: ['application/x-recordio-protobuf'],
  name: 'RecordIO',
  unencodable: 'RECORDIO_UNENCODABLE',
  createReader: (options) => new TensorRecordReader(options),
  createWriter: createFramedWriter,
});

class TensorRecordReader implements BodyReader<TensorRecord> {
  readonly #frames: BodyReader<Uint8Array>;
  #record = 0;

  constructor(options: DecodeOptions | undefined) {
    this.#frames = createRecordIoReader(options);
  }

  *read(chunk: Uint8Array): Generator<TensorRecord> {
    for (const bytes of this.#frames.read(chunk)) yield readTensorRecord(bytes, this.#record++);
  }

  *end(): Generator<TensorRecord> {
    for (const bytes of this.#frames.end()) yield readTensorRecord(bytes, this.#record++);
  }
}

function createFramedWriter(): (value: EncodableTensorRecord, record: number) => Uint8Array {
  const write = createTensorRecordWriter();
  return (value, record) => writeRecord(write(value, record), record);
}
