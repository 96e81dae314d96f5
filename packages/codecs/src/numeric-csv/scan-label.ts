/** Reads the text cell that a row of numeric csv may begin with. */

import { createNotUtf8Error, createQuoteError, quoteFaults, type RowPlace } from './numeric-csv-errors.ts';
import { csvBytes, endsCell } from './scan-cell.ts';
import type { ByteCursor } from './scan-number.ts';

const { lineFeed, carriageReturn, quote } = csvBytes;

/** Holds the text of a label, and the line ends inside its quotes. */
export interface ScannedLabel {
  readonly text: string;
  readonly lineEnds: number;
}

/**
 * Reads a label up to the comma or line's end behind it; undefined where its quotes are still open at `end`.
 *
 * @throws `CodecError` with `CSV_MALFORMED`, `TEXT_NOT_UTF8`
 */
export function scanLabel(
  bytes: Uint8Array,
  cursor: ByteCursor,
  end: number,
  place: RowPlace,
): ScannedLabel | undefined {
  if (bytes[cursor.at] === quote) return scanQuotedLabel(bytes, cursor, end, place);
  const start = cursor.at;
  while (!endsCell(bytes[cursor.at])) {
    if (bytes[cursor.at] === quote) throw createQuoteError(quoteFaults.inside, 1, place);
    cursor.at += 1;
  }
  return { text: decodeLabel(bytes, start, cursor.at, place), lineEnds: 0 };
}

function scanQuotedLabel(
  bytes: Uint8Array,
  cursor: ByteCursor,
  end: number,
  place: RowPlace,
): ScannedLabel | undefined {
  const start = cursor.at + 1;
  let doubled = false;
  let at = start;
  for (; bytes[at] !== quote || bytes[at + 1] === quote; at += 1) {
    if (at >= end) return undefined;
    if (bytes[at] !== quote) continue;
    doubled = true;
    at += 1;
  }
  // The quote at the very end of what is known may be the first of two.
  if (at + 1 >= end) return undefined;
  if (!endsCell(bytes[at + 1])) {
    throw createQuoteError(quoteFaults.behind, 1, place);
  }
  cursor.at = at + 1;
  const text = decodeLabel(bytes, start, at, place);
  const lineEnds = countLineEnds(bytes, start, at);
  return { text: doubled ? text.replaceAll('""', '"') : text, lineEnds };
}

function countLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) {
    const pair = bytes[at] === lineFeed && bytes[at - 1] === carriageReturn;
    if (!pair && (bytes[at] === lineFeed || bytes[at] === carriageReturn)) count += 1;
  }
  return count;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Few characters are quicker put together than handed to a decoder. */
const shortLabel = 16;

function decodeLabel(bytes: Uint8Array, start: number, end: number, place: RowPlace): string {
  let text = '';
  for (let at = start; at < end && end - start <= shortLabel; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) break;
    text += String.fromCharCode(byte);
  }
  if (text.length === end - start) return text;
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw createNotUtf8Error(place, cause);
  }
}
