/** Reads a body of lines, each of which is a record. Lines end in LF or CRLF; those of white space only are skipped. */

import type { BodyReader } from './body-reader.ts';
import type { DecodeOptions } from './codec.ts';
import { createRecordTooLargeError, resolveRecordLimit } from './record-limit.ts';
import { createTextReader } from './text-reader.ts';

/** Where a line stands in its body. */
export interface LinePlace {
  /** One-based; blank lines count. */
  readonly line: number;
  /** Zero-based; blank lines do not count. */
  readonly record: number;
}

/**
 * Creates the reader of one body; `readLine` gets the text of a line without its line feed, and gives `undefined` for
 * one that is not a record.
 *
 * @throws while reading, `CodecError` with `RECORD_TOO_LARGE`, what the text's charset gives, and what `readLine` throws
 */
export function createLineReader<Item>(
  readLine: (text: string, place: LinePlace) => Item | undefined,
  options: DecodeOptions | undefined,
): BodyReader<Item> {
  const reader = createTextReader(options, () => ({ line, record }));
  const limit = resolveRecordLimit(options);
  let rest = '';
  let restBytes = 0;
  let line = 1;
  let record = 0;

  const grow = (text: string) => {
    rest += text;
    restBytes += Buffer.byteLength(text);
    if (restBytes > limit) throw createRecordTooLargeError(limit, line, record, 'end its line');
  };
  function* finishLine(): Generator<Item> {
    if (/[^ \t\r]/.test(rest)) {
      const item = readLine(rest, { line, record });
      if (item !== undefined) {
        yield item;
        record += 1;
      }
    }
    rest = '';
    restBytes = 0;
    line += 1;
  }
  function* readText(text: string): Generator<Item> {
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
