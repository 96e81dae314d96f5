/** The codec of text/csv. */

import { createItemsCodec } from '../codec/items-codec.ts';
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
export const csvCodec = createItemsCodec<CsvRow, CsvEncodableRow>({
  mediaTypes: ['text/csv'],
  name: 'csv',
  unencodable: 'CSV_UNENCODABLE',
  createReader: createCsvReader,
  createWriter: createCsvEncoder,
});
