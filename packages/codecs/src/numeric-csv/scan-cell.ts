/** Reads the cells of numeric csv that are not simply a number: in quotes, among blanks, or empty. */

import { type ByteCursor, scanNumber } from './scan-number.ts';

/** The bytes that csv is made of. */
export const csvBytes = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
} as const;

const { tab, lineFeed, carriageReturn, space, quote, comma } = csvBytes;

/**
 * Reads a cell up to the comma or line's end behind it: a number, NaN where there is nothing but quotes and
 * blanks, or undefined for anything else. A line's end has to follow somewhere.
 */
export function scanUnusualCell(bytes: Uint8Array, cursor: ByteCursor): number | undefined {
  skipBlanks(bytes, cursor);
  const quoted = bytes[cursor.at] === quote;
  if (quoted) cursor.at += 1;
  skipBlanks(bytes, cursor);
  const empty = quoted ? bytes[cursor.at] === quote : endsCell(bytes[cursor.at]);
  const value = empty ? Number.NaN : scanNumber(bytes, cursor);
  if (!empty && Number.isNaN(value)) return undefined;
  skipBlanks(bytes, cursor);
  if (quoted && bytes[cursor.at++] !== quote) return undefined;
  skipBlanks(bytes, cursor);
  return endsCell(bytes[cursor.at]) ? value : undefined;
}

/** True for the bytes that stand behind a cell. */
export function endsCell(byte: number | undefined): boolean {
  return byte === comma || byte === lineFeed || byte === carriageReturn;
}

function skipBlanks(bytes: Uint8Array, cursor: ByteCursor): void {
  while (bytes[cursor.at] === space || bytes[cursor.at] === tab) cursor.at += 1;
}

/** Quotes the text of the cell at a place, for an error; commas inside its quotes are part of it. */
export function quoteCell(bytes: Uint8Array, start: number): string {
  const line = Buffer.from(bytes.subarray(start, start + 100)).toString('utf8');
  return /^[ \t]*"(""|[^"\r\n])*"(?=[ \t]*[,\r\n])|^[^,\r\n]*/.exec(line)?.[0] ?? '';
}
