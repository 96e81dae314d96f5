/** The codec of text/libsvm. */

import { readBody, readChunks } from '../codec/body-reader.ts';
import type { Codec, DecodeOptions } from '../codec/codec.ts';
import { encodeAll, encodeItems } from '../codec/encode-items.ts';
import { createLineReader } from '../codec/line-reader.ts';
import { CodecError } from '../errors.ts';
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
export const libsvmCodec: Codec<LibsvmRow[], LibsvmRow, readonly LibsvmRow[], LibsvmRow> = {
  mediaTypes: ['text/libsvm', 'text/x-libsvm'],
  decode: (body, options) => readBody(createLibsvmReader(options), body),
  decodeStream: (chunks, options) => readChunks(createLibsvmReader(options), chunks),
  encode(rows) {
    if (Array.isArray(rows)) return encodeAll(rows, writeLibsvmRow);
    throw new CodecError(
      'LIBSVM_UNENCODABLE',
      `writing libsvm: the value is ${typeof rows}, not an array of rows`,
    );
  },
  encodeStream: (rows) => encodeItems(rows, writeLibsvmRow),
};

function createLibsvmReader(options: DecodeOptions | undefined) {
  return createLineReader(parseLibsvmRow, options);
}
