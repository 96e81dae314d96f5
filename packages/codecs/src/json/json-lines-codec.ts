/** The codec of application/jsonlines. */

import { createItemsCodec } from '../codec/items-codec.ts';
import { createLineReader } from '../codec/line-reader.ts';
import { parseJson } from './parse-json.ts';
import { stringifyJson } from './stringify-json.ts';

/**
 * Decodes and encodes one JSON value a line. Lines end in LF or CRLF, the last one with or without; lines of
 * nothing but white space are skipped but counted.
 *
 * Decoding throws `JSON_MALFORMED`, `NUMBER_LOSSY`, `RECORD_TOO_LARGE`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`,
 * `CHARSET_UNSUPPORTED`; encoding `JSON_UNENCODABLE`.
 */
export const jsonLinesCodec = createItemsCodec<unknown, unknown>({
  mediaTypes: [
    'application/jsonlines',
    'application/x-jsonlines',
    'application/x-ndjson',
    'application/jsonl',
  ],
  name: 'json lines',
  unencodable: 'JSON_UNENCODABLE',
  createReader: (options) =>
    createLineReader(
      (text, place) => parseJson(text, { start: place, lossyNumbers: options?.lossyNumbers }),
      options,
    ),
  createWriter: () => (value, record) => `${stringifyJson(value, record)}\n`,
});
