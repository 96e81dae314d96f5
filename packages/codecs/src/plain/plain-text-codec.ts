/** The codec of text/plain. */

import { readChunks } from '../codec/body-reader.ts';
import type { Codec, DecodeOptions } from '../codec/codec.ts';
import { createDocumentReader, type DocumentFormat, readDocument } from '../codec/document-reader.ts';
import { encodeText } from '../codec/encode-items.ts';
import { encodeOnlyItem } from '../codec/encode-only-item.ts';
import { decodeText } from '../codec/text-reader.ts';
import { CodecError } from '../errors.ts';

/**
 * Decodes and encodes text. A body is one text and one item: a stream is collected, up to `maximumRecordBytes`.
 *
 * Decoding throws `BODY_EMPTY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED`;
 * encoding `TEXT_UNENCODABLE`.
 */
export const plainTextCodec: Codec<string, string> = {
  mediaTypes: ['text/plain'],
  decode: (body, options) => readDocument(body, createFormat(options), options),
  decodeStream: (chunks, options) => readChunks(createDocumentReader(createFormat(options), options), chunks),
  encode: writeText,
  encodeStream: (items) => encodeOnlyItem(items, writeText, 'TEXT_UNENCODABLE', 'text'),
};

function createFormat(options: DecodeOptions | undefined): DocumentFormat<string> {
  return { name: 'text', read: (bytes) => decodeText(bytes, options) };
}

function writeText(value: unknown): Uint8Array {
  if (typeof value === 'string') return encodeText(value);
  const message = `writing text: the value is ${value === null ? 'null' : typeof value}, expected a string`;
  throw new CodecError('TEXT_UNENCODABLE', message);
}
