/** The codec of text/csv. */

import { readBody, readChunks } from '../codec/body-reader.ts';
import type { Codec } from '../codec/codec.ts';
import { encodeAll, encodeItems } from '../codec/encode-items.ts';
import { CodecError } from '../errors.ts';
import { type CsvEncodableRow, createCsvEncoder } from './csv-encoder.ts';
import { type CsvRow, createCsvReader } from './csv-reader.ts';

/**
 * Decodes and encodes csv as RFC 4180 has it, without a header, which SageMaker's csv never has. Rows end in
 * LF, CRLF or CR; blank lines are skipped; cells stay untouched, spaces included; every row is as wide as the
 * first. Numbers are written so that they read back the same, sign of zero included.
 *
 * Decoding throws `CSV_MALFORMED`, `CSV_RAGGED`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`,
 * `CHARSET_UNSUPPORTED`; encoding `CSV_UNENCODABLE`, `CSV_RAGGED`.
 *
 * @example
 * csvCodec.decode(new TextEncoder().encode('5.1,3.5\n')); // [{ line: 1, cells: ['5.1', '3.5'] }]
 * csvCodec.encode(['setosa', 'virginica']); // one label a line
 */
export const csvCodec: Codec<CsvRow[], CsvRow, readonly CsvEncodableRow[], CsvEncodableRow> = {
  mediaTypes: ['text/csv'],
  decode: (body, options) => readBody(createCsvReader(options), body),
  decodeStream: (chunks, options) => readChunks(createCsvReader(options), chunks),
  encode(rows) {
    if (!Array.isArray(rows)) {
      throw new CodecError(
        'CSV_UNENCODABLE',
        `writing csv: the value is ${typeof rows}, not an array of rows`,
      );
    }
    return encodeAll(rows, createCsvEncoder());
  },
  encodeStream: (rows) => encodeItems(rows, createCsvEncoder()),
};
