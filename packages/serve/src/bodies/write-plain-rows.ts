/**
 * Writes csv that needs no quotes, in ASCII. It is an order of magnitude faster than the codec, which writes all
 * the rest; a property test holds the two against each other.
 */

/** Neither separators nor quotes, nor anything that a reader could take for white space around a cell. */
const plainPattern = /^[\w.+:;/@()%-]+(?: [\w.+:;/@()%-]+)*$/;

/** Gives the text of the rows; `undefined` when there is anything that only the codec may judge. */
export function writePlainRows(rows: readonly unknown[]): string | undefined {
  let text = '';
  let width: number | undefined;
  for (const row of rows) {
    const cells: ArrayLike<unknown> = Array.isArray(row) || isFloats(row) ? row : [row];
    width ??= cells.length;
    if (cells.length === 0 || cells.length !== width) return undefined;
    let line = '';
    for (let index = 0; index < cells.length; index += 1) {
      const plain = writeCell(cells[index]);
      if (plain === undefined) return undefined;
      line = line === '' ? plain : `${line},${plain}`;
    }
    text += `${line}\n`;
  }
  return text;
}

/** What models answer in most; of other arrays the codec makes rows. */
function isFloats(row: unknown): row is Float32Array | Float64Array {
  return row instanceof Float32Array || row instanceof Float64Array;
}

/** Never gives the empty text, which needs quotes in a row of one cell. */
function writeCell(cell: unknown): string | undefined {
  if (typeof cell === 'string') return plainPattern.test(cell) ? cell : undefined;
  if (typeof cell !== 'number') return undefined;
  // String(-0) is "0", which would lose the sign.
  return Object.is(cell, -0) ? '-0' : String(cell);
}
