/** The codec of application/json. */

import { type BodyReader, readBody, readChunks } from '../codec/body-reader.ts';
import type { Codec, DecodeOptions } from '../codec/codec.ts';
import { encodeText } from '../codec/encode-items.ts';
import { encodeOnlyItem } from '../codec/encode-only-item.ts';
import { orRaise, resolveRecordLimit } from '../codec/record-limit.ts';
import { createTextReader } from '../codec/text-reader.ts';
import { CodecError } from '../errors.ts';
import { parseJson } from './parse-json.ts';
import { stringifyJson } from './stringify-json.ts';

/**
 * Decodes and encodes JSON. One document is one item: a stream is collected, up to `maximumRecordBytes`, and
 * yields its one document; encoding a stream takes exactly one item and writes nothing if there are others.
 *
 * Decoding throws `BODY_EMPTY`, `JSON_MALFORMED`, `NUMBER_LOSSY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`,
 * `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED`; encoding `JSON_UNENCODABLE`.
 */
export const jsonCodec: Codec = {
  mediaTypes: ['application/json'],
  decode: (body, options) => readBody(createJsonReader(options), body)[0],
  decodeStream: (chunks, options) => readChunks(createJsonReader(options), chunks),
  encode: writeDocument,
  encodeStream: (items) =>
    encodeOnlyItem(items, writeDocument, 'JSON_UNENCODABLE', 'json', ', or use application/jsonlines'),
};

function writeDocument(value: unknown): Uint8Array {
  return encodeText(stringifyJson(value));
}

function createJsonReader(options: DecodeOptions | undefined): BodyReader<unknown> {
  const reader = createTextReader(options);
  const limit = resolveRecordLimit(options);
  let text = '';
  let bytes = 0;
  return {
    read(chunk) {
      bytes += chunk.length;
      if (bytes > limit) throw createDocumentTooLargeError(limit);
      for (const piece of reader.read(chunk)) text += piece;
      return [];
    },
    *end() {
      for (const piece of reader.end()) text += piece;
      if (/^[ \t\r\n]*$/.test(text)) {
        throw new CodecError('BODY_EMPTY', 'reading json: the body is empty, send one JSON document');
      }
      yield parseJson(text, undefined, options);
    },
  };
}

function createDocumentTooLargeError(limit: number): CodecError {
  const message = `reading json: the document is larger than ${limit} bytes: send less${orRaise(limit)}`;
  return new CodecError('RECORD_TOO_LARGE', message, { line: 1, record: 0 });
}
