/** The codec of application/json. */

import { createDocumentCodec } from '../codec/document-codec.ts';
import { encodeText } from '../codec/items-codec.ts';
import { decodeText } from '../codec/text-reader.ts';
import { parseJson } from './parse-json.ts';
import { stringifyJson } from './stringify-json.ts';

/**
 * Decodes and encodes JSON. One document is one item: a stream is collected, up to `maximumRecordBytes`, and
 * yields its one document; encoding a stream takes exactly one item and writes nothing if there are others.
 *
 * Decoding throws `BODY_EMPTY`, `JSON_MALFORMED`, `NUMBER_LOSSY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`,
 * `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED`; encoding `JSON_UNENCODABLE`.
 */
export const jsonCodec = createDocumentCodec<unknown, unknown>({
  mediaTypes: ['application/json'],
  name: 'json',
  unencodable: 'JSON_UNENCODABLE',
  advice: ', or use application/jsonlines',
  read(bytes, options) {
    const text = decodeText(bytes, options);
    return /^[ \t\r\n]*$/.test(text) ? undefined : parseJson(text, options);
  },
  write: (value) => encodeText(stringifyJson(value)),
});
