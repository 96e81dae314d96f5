/** The codec of application/jsonlines. */

import { type BodyReader, readBody, readChunks } from '../codec/body-reader.ts';
import type { Codec, DecodeOptions } from '../codec/codec.ts';
import { encodeAll, encodeItems } from '../codec/encode-items.ts';
import { createLineReader } from '../codec/line-reader.ts';
import { CodecError } from '../errors.ts';
import { parseJson } from './parse-json.ts';
import { stringifyJson } from './stringify-json.ts';

/**
 * Decodes and encodes one JSON value a line. Lines end in LF or CRLF, the last one with or without; lines of
 * nothing but white space are skipped but counted.
 *
 * Decoding throws `JSON_MALFORMED`, `NUMBER_LOSSY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`,
 * `CHARSET_UNSUPPORTED`; encoding `JSON_UNENCODABLE`.
 */
export const jsonLinesCodec: Codec<unknown[], unknown, readonly unknown[]> = {
  mediaTypes: [
    'application/jsonlines',
    'application/x-jsonlines',
    'application/x-ndjson',
    'application/jsonl',
  ],
  decode: (body, options) => readBody(createJsonLinesReader(options), body),
  decodeStream: (chunks, options) => readChunks(createJsonLinesReader(options), chunks),
  encode(values) {
    if (!Array.isArray(values)) {
      const message = `writing json lines: the value is ${typeof values}, not an array of values`;
      throw new CodecError('JSON_UNENCODABLE', message);
    }
    return encodeAll(values, writeLine);
  },
  encodeStream: (values) => encodeItems(values, writeLine),
};

function createJsonLinesReader(options: DecodeOptions | undefined): BodyReader<unknown> {
  return createLineReader((text, place) => parseJson(text, place, options), options);
}

function writeLine(value: unknown, record: number): string {
  return `${stringifyJson(value, record)}\n`;
}
