/** Content types to values and back. */

export type { Codec, DecodeOptions } from './codec/codec.ts';
export { findCodec } from './codec/find-codec.ts';
export { csvCodec } from './csv/csv-codec.ts';
export type { CsvCell, CsvEncodableRow } from './csv/csv-encoder.ts';
export type { CsvRow } from './csv/csv-reader.ts';
export type { CodecErrorCode, CodecErrorFacts } from './errors.ts';
export { CodecError, codecErrorCodes } from './errors.ts';
export { jsonCodec } from './json/json-codec.ts';
export { jsonLinesCodec } from './json/json-lines-codec.ts';
export { libsvmCodec } from './libsvm/libsvm-codec.ts';
export type { LibsvmRow } from './libsvm/libsvm-row.ts';
export { findNamedMediaType, negotiateMediaType } from './media-types/negotiate-media-type.ts';
export type { MediaType } from './media-types/parse-media-type.ts';
export { parseMediaType } from './media-types/parse-media-type.ts';
export type { ElementType, ElementValues, NdArray } from './npy/nd-array.ts';
export { npyCodec } from './npy/npy-codec.ts';
export type { EncodableArray } from './npy/write-npy.ts';
export { npzCodec } from './npz/npz-codec.ts';
export type { NamedArrays } from './npz/read-npz.ts';
export type { EncodableArrays } from './npz/write-npz.ts';
export type {
  NumericCsvBatchOptions,
  NumericCsvOptions,
  NumericMatrix,
  NumericType,
  NumericValues,
} from './numeric-csv/numeric-csv-options.ts';
export { decodeNumericCsv, readNumericCsv } from './numeric-csv/read-numeric-csv.ts';
export { imageCodec, octetStreamCodec } from './plain/octet-stream-codec.ts';
export { plainTextCodec } from './plain/plain-text-codec.ts';
export { recordIoCodec } from './record-io/record-io-codec.ts';
export { recordIoProtobufCodec } from './record-io-protobuf/record-io-protobuf-codec.ts';
export type {
  BytesValue,
  EncodableTensorRecord,
  RecordValue,
  Tensor,
  TensorRecord,
} from './record-io-protobuf/tensor-record.ts';
