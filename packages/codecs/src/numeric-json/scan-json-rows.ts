/**
 * Reads JSON that is rows of numbers straight from its bytes. `JSON.parse` needs the body as text, and what it makes of
 * 100,000 numbers has to be looked through again: for a double that lost its number, and by what takes the rows.
 */

import { mayUnderflow, scanNumber } from '../numeric-csv/scan-number.ts';

/** Rows of finite numbers, and the index behind the bracket that closes them. */
interface ScannedRows {
  readonly rows: number[][];
  readonly end: number;
}

/** Every power of ten that so few digits can be divided by. */
const powers = Float64Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);

/**
 * Reads an array of arrays of numbers that begins at `from`, as `JSON.parse` would. `undefined` for anything else, for
 * rows without numbers, and for numbers that a double may not hold: `parseJson` says what they are.
 *
 * @example
 * scanJsonRows(new TextEncoder().encode('[[5.1, 3.5], [6.2, 2.9]]'), 0); // { rows: [[5.1, 3.5], [6.2, 2.9]], end: 24 }
 */
export function scanJsonRows(bytes: Uint8Array, from: number): ScannedRows | undefined {
  if (bytes[from] !== open) return undefined;
  const cursor = { at: from + 1 };
  const rows: number[][] = [];
  let blank: number[] = [];
  for (;;) {
    cursor.at = skipSpace(bytes, cursor.at);
    if (bytes[cursor.at++] !== open) return undefined;
    // A copy of a row that is there already: V8 then keeps doubles in one block, and never makes it anew to grow it.
    const row = blank.slice();
    const columns = scanRow(bytes, cursor, row);
    if (columns === 0) return undefined;
    if (columns < row.length) row.length = columns;
    if (columns !== blank.length) blank = Array<number>(columns).fill(0.5);
    rows.push(row);
    cursor.at = skipSpace(bytes, cursor.at);
    const byte = bytes[cursor.at++];
    if (byte === close) return { rows, end: cursor.at };
    if (byte !== comma) return undefined;
  }
}

const open = 0x5b;
const close = 0x5d;
const comma = 0x2c;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Reads the numbers of a row from behind its opening bracket to behind its closing one, and returns how many there are; 0
 * when there are none, or something else. It is one function, for the reason that `scanNumber` is.
 */
function scanRow(bytes: Uint8Array, cursor: { at: number }, row: number[]): number {
  // Literals, for the reason that scanNumber has them.
  const minus = 0x2d;
  const dot = 0x2e;
  const zero = 0x30;
  const nine = 0x39;
  const comma = 0x2c;
  const close = 0x5d;
  // Nine digits, a point, and a byte to see that there is no more.
  const longest = 11;
  let at = skipSpace(bytes, cursor.at);
  // How far a number is read here: what is longer is read again by scanNumber, and mostly has long neighbours.
  let glance = longest;
  for (let column = 0; ; column += 1) {
    const start = at;
    let byte = bytes[at] as number;
    const sign = byte === minus ? -1 : 1;
    if (byte === minus) byte = bytes[++at] as number;
    const first = at;
    let point = -1;
    let digits = 0;
    for (; point < 0 || at < point + 2 || at - first < glance; byte = bytes[++at] as number) {
      if (byte >= zero && byte <= nine) digits = (digits * 10 + byte - zero) | 0;
      else if (byte === dot && point < 0) point = at;
      else break;
    }
    const whole = (point < 0 ? at : point) - first;
    const decimals = point < 0 ? 0 : at - point - 1;
    // Unlike csv, JSON has a digit on both sides of a point, and no zero in front of another digit.
    if (whole === 0 || at - 1 === point || (whole > 1 && bytes[first] === zero)) return 0;
    if (whole + decimals < 10 && (byte === comma || byte === close)) {
      row[column] = (sign * digits) / (powers[decimals] as number);
    } else {
      cursor.at = start;
      const value = scanNumber(bytes, cursor);
      glance = cursor.at - start > longest ? 0 : longest;
      at = skipSpace(bytes, cursor.at);
      byte = bytes[at] as number;
      // All whole numbers below are doubles.
      const isCertain = Math.abs(value) < 2 ** 53 && (value !== 0 || !mayUnderflow(bytes, start, cursor.at));
      if (!isCertain || (byte !== comma && byte !== close)) return 0;
      // Another store: of one variable for both, the compiler would put every number on the heap.
      row[column] = value;
    }
    at += 1;
    if (byte === close) {
      cursor.at = at;
      return column + 1;
    }
    at = skipSpace(bytes, at);
  }
}
