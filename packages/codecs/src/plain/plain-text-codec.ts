/** The codec of text/plain. */

import { createDocumentCodec } from '../codec/document-codec.ts';
import { encodeText } from '../codec/items-codec.ts';
import { decodeText } from '../codec/text-reader.ts';
import { CodecError } from '../errors.ts';

/**
 * Decodes and encodes text. A body is one text and one item: a stream is collected, up to `maximumRecordBytes`.
 *
 * Decoding throws `BODY_EMPTY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED`;
 * encoding `TEXT_UNENCODABLE`.
 */
export const plainTextCodec = createDocumentCodec<string, string>({
  mediaTypes: ['text/plain'],
  name: 'text',
  unencodable: 'TEXT_UNENCODABLE',
  read: decodeText,
  write(value) {
    if (typeof value === 'string') return encodeText(value);
    const message = `writing text: the value is ${value === null ? 'null' : typeof value}, expected a string`;
    throw new CodecError('TEXT_UNENCODABLE', message);
  },
});
