/** The codec of application/jsonlines. */

import { type BodyReader, readBody, readChunks } from './body-reader.ts';
import type { Codec, DecodeOptions } from './codec.ts';
import { encodeAll, encodeItems } from './encode-items.ts';
import { CodecError } from './errors.ts';
import { parseJson } from './parse-json.ts';
import { createRecordTooLargeError, resolveRecordLimit } from './record-limit.ts';
import { stringifyJson } from './stringify-json.ts';
import { createTextReader } from './text-reader.ts';

/**
 * Decodes and encodes one JSON value a line. Lines end in LF or CRLF, the last one with or without; lines of
 * nothing but white space are skipped but counted.
 *
 * Decoding throws `JSON_MALFORMED`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`,
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
  const reader = createTextReader(options);
  const limit = resolveRecordLimit(options);
  let rest = '';
  let restBytes = 0;
  let line = 1;
  let record = 0;

  const grow = (text: string) => {
    rest += text;
    restBytes += Buffer.byteLength(text);
    if (restBytes > limit) throw createRecordTooLargeError(limit, line, record);
  };
  function* finishLine(): Generator<unknown> {
    if (/[^ \t\r]/.test(rest)) {
      yield parseJson(rest, { line, record });
      record += 1;
    }
    rest = '';
    restBytes = 0;
    line += 1;
  }
  function* readText(text: string): Generator<unknown> {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      grow(text.slice(from, end));
      yield* finishLine();
      from = end + 1;
    }
    grow(text.slice(from));
  }
  return {
    *read(chunk) {
      for (const piece of reader.read(chunk)) yield* readText(piece);
    },
    *end() {
      for (const piece of reader.end()) yield* readText(piece);
      yield* finishLine();
    },
  };
}

function writeLine(value: unknown, record: number): string {
  return `${stringifyJson(value, record)}\n`;
}
