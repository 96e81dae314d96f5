/** The codec of text/libsvm. */

import { createItemsCodec } from '../codec/items-codec.ts';
import { createLineReader } from '../codec/line-reader.ts';
import { type LibsvmRow, parseLibsvmRow, writeLibsvmRow } from './libsvm-row.ts';

/**
 * Decodes and encodes sparse rows, one a line, as LIBSVM and XGBoost know them: a label or none, then columns and
 * their values. Columns stay as they are written; nothing says whether they count from 0 or from 1.
 *
 * Decoding throws `LIBSVM_MALFORMED`, `NUMBER_LOSSY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`,
 * `CHARSET_UNSUPPORTED`; encoding `LIBSVM_UNENCODABLE`.
 *
 * @example
 * libsvmCodec.decode(new TextEncoder().encode('1 3:0.5 7:2\n'));
 * // [{ label: 1, columns: Uint32Array [3, 7], values: Float64Array [0.5, 2] }]
 */
export const libsvmCodec = createItemsCodec<LibsvmRow, LibsvmRow>({
  mediaTypes: ['text/libsvm', 'text/x-libsvm'],
  name: 'libsvm',
  unencodable: 'LIBSVM_UNENCODABLE',
  createReader: (options) => createLineReader(parseLibsvmRow, options),
  createWriter: () => writeLibsvmRow,
});
