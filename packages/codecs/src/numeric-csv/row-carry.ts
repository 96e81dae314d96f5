/** Keeps the row that the end of a chunk cuts, until the rest of it comes. */

import { csvBytes } from './scan-cell.ts';

const { lineFeed, carriageReturn, quote } = csvBytes;

const nothing = new Uint8Array(0);

/** Creates an empty carry; only with `quotes` may a line's end belong to a row. */
export function createRowCarry(quotes: boolean) {
  let bytes = nothing;
  let length = 0;
  let open = false;
  let ended = false;

  function append(added: Uint8Array): void {
    if (length + added.length > bytes.length) {
      const grown = new Uint8Array(Math.max(1024, 2 * bytes.length, length + added.length));
      grown.set(bytes.subarray(0, length));
      bytes = grown;
    }
    bytes.set(added, length);
    length += added.length;
  }
  return {
    length: (): number => length,
    /** Takes bytes of the row up to its line's end, and returns how many; all, where the row goes on. */
    add(chunk: Uint8Array, from: number): number {
      let at = from;
      for (; at < chunk.length && !ended; at += 1) {
        const byte = chunk[at];
        if (byte === quote && quotes) open = !open;
        ended = !open && (byte === lineFeed || byte === carriageReturn);
      }
      append(chunk.subarray(from, at));
      return at - from;
    },
    /** True once the row has its line's end. */
    whole: (): boolean => ended,
    /** Returns the bytes of the row, which the next row will take the place of, and empties the carry. */
    take(): Uint8Array {
      const row = bytes.subarray(0, length);
      length = 0;
      open = false;
      ended = false;
      return row;
    },
  };
}

/** Finds where the last line of a chunk ends; `from` when none does. */
export function findLastLineEnd(chunk: Uint8Array, from: number): number {
  let end = chunk.length;
  while (end > from && chunk[end - 1] !== lineFeed && chunk[end - 1] !== carriageReturn) end -= 1;
  return end;
}
