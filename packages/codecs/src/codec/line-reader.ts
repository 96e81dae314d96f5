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
  readLine: ReadLine<Item>,
  options: DecodeOptions | undefined,
): BodyReader<Item> {
  return new LineReader(readLine, options);
}

type ReadLine<Item> = (text: string, place: LinePlace) => Item | undefined;

class LineReader<Item> implements BodyReader<Item> {
  readonly #readLine: ReadLine<Item>;
  readonly #text: BodyReader<string>;
  readonly #limit: number;
  #rest = '';
  #restBytes = 0;
  #line = 1;
  #record = 0;

  constructor(readLine: ReadLine<Item>, options: DecodeOptions | undefined) {
    this.#readLine = readLine;
    this.#text = createTextReader(options, () => ({ line: this.#line, record: this.#record }));
    this.#limit = resolveRecordLimit(options);
  }

  *read(chunk: Uint8Array): Generator<Item> {
    for (const piece of this.#text.read(chunk)) yield* this.#readText(piece);
  }

  *end(): Generator<Item> {
    for (const piece of this.#text.end()) yield* this.#readText(piece);
    const item = this.#finishLine();
    if (item !== undefined) yield item;
  }

  *#readText(text: string): Generator<Item> {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#grow(text.slice(from, end));
      const item = this.#finishLine();
      if (item !== undefined) yield item;
      from = end + 1;
    }
    this.#grow(text.slice(from));
  }

  #grow(text: string): void {
    this.#rest += text;
    this.#restBytes += Buffer.byteLength(text);
    if (this.#restBytes <= this.#limit) return;
    throw createRecordTooLargeError(this.#limit, this.#line, this.#record, 'end its line');
  }

  #finishLine(): Item | undefined {
    const place = { line: this.#line, record: this.#record };
    const item = /[^ \t\r]/.test(this.#rest) ? this.#readLine(this.#rest, place) : undefined;
    if (item !== undefined) this.#record += 1;
    this.#rest = '';
    this.#restBytes = 0;
    this.#line += 1;
    return item;
  }
}
