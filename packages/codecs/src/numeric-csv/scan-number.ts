/**
 * Reads decimal numbers from bytes, each equal to what `Number` makes of its text. Up to 15 digits one division
 * of exact doubles gives that; up to 18, as the shortest text of a double needs 17, arithmetic on pairs of
 * doubles does, and shows where it cannot decide; the rest is left to `Number`.
 */

/** Where in the bytes a reader stands. */
export interface ByteCursor {
  at: number;
}

/**
 * Reads the number at the cursor and moves behind it; NaN, and the cursor anywhere, when there is none. A
 * number is a sign or none, digits with a point or none, and an exponent or none. A byte that is not part of a
 * number has to follow, which is what spares this function the question where the bytes end. It is one
 * function, because a call for every digit would cost more than the digits.
 */
export function scanNumber(bytes: Uint8Array, cursor: ByteCursor): number {
  // Not of the module: bundlers turn those into `var`, which V8 looks up for every byte; it cost a third.
  const plus = 0x2b;
  const minus = 0x2d;
  const dot = 0x2e;
  const zero = 0x30;
  const nine = 0x39;
  const letterE = 0x65;
  const start = cursor.at;
  let at = start;
  let byte = bytes[at] as number;
  // Multiplied by: what the compiler cannot prove to be a number, as what a call gives, it puts on the heap.
  const sign = byte === minus ? -1 : 1;
  if (byte === minus || byte === plus) byte = bytes[++at] as number;
  const first = at;
  let point = -1;
  // Two integers of at most 9 digits: V8 keeps them out of the slower floating point unit.
  let high = 0;
  let low = 0;
  let count = 0;
  for (; ; byte = bytes[++at] as number) {
    if (byte >= zero && byte <= nine) {
      low = (low * 10 + byte - zero) | 0;
      count += 1;
      if (count !== 9) continue;
      high = low;
      low = 0;
    } else if (byte === dot && point < 0) point = at;
    else break;
  }
  cursor.at = at;
  if (count === 0) return Number.NaN;
  let scale = point < 0 ? 0 : point + 1 - at;
  if ((byte | 0x20) === letterE) scale += scanExponent(bytes, cursor);
  const value = count > 18 ? combineMany(bytes, first, at, scale) : combine(high, low, count, scale);
  // NaN here: too hard, or an exponent without digits, which `Number` refuses as well.
  if (Number.isNaN(value)) return Number(sliceText(bytes, start, cursor.at));
  return sign * value;
}

function scanExponent(bytes: Uint8Array, cursor: ByteCursor): number {
  const plus = 0x2b;
  const minus = 0x2d;
  const zero = 0x30;
  const nine = 0x39;
  let at = cursor.at + 1;
  const negative = bytes[at] === minus;
  if (negative || bytes[at] === plus) at += 1;
  const first = at;
  let value = 0;
  for (let byte = bytes[at] as number; byte >= zero && byte <= nine; byte = bytes[++at] as number) {
    // Nothing to add beyond: all such numbers are zero or infinite, or too long to be read here.
    if (value < 100_000) value = value * 10 + byte - zero;
  }
  cursor.at = at;
  if (at === first) return Number.NaN;
  return negative ? -value : value;
}

/** Every power of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Gives (high, low) x 10^scale, where low has the digits behind the ninth; NaN when it cannot be certain. */
function combine(high: number, low: number, count: number, scale: number): number {
  if (!(scale >= -22 && scale <= 22)) return Number.NaN;
  if (count < 9 && scale <= 0) return low / (powers[-scale] as number);
  if (count > 15) return scale > 0 ? Number.NaN : divideLong(high, low, count, -scale);
  const digits = count > 9 ? high * (powers[count - 9] as number) + low : count === 9 ? high : low;
  return scale < 0 ? digits / (powers[-scale] as number) : digits * (powers[scale] as number);
}

/** Reads the digits once more without the zeros in front, such as those of 0.00012345678901234567. */
function combineMany(bytes: Uint8Array, first: number, end: number, scale: number): number {
  const dot = 0x2e;
  const zero = 0x30;
  let high = 0;
  let low = 0;
  let count = 0;
  for (let at = first; at < end && count <= 18; at += 1) {
    const byte = bytes[at] as number;
    if (byte === dot || (byte === zero && count === 0)) continue;
    low = (low * 10 + byte - zero) | 0;
    count += 1;
    if (count !== 9) continue;
    high = low;
    low = 0;
  }
  return count > 18 ? Number.NaN : combine(high, low, count, scale);
}

/** Divides an integer of up to 18 digits by a power of ten. */
function divideLong(high: number, low: number, count: number, power: number): number {
  const shift = powers[count - 9] as number;
  // Both terms are exact, and so is the error of their sum.
  const upper = (high >>> 15) * shift * 32_768;
  const lower = (high & 32_767) * shift + low;
  const sum = upper + lower;
  const rest = lower - (sum - upper);
  const divisor = powers[power] as number;
  const quotient = sum / divisor;
  const product = quotient * divisor;
  const remainder = sum - product - findProductError(quotient, divisor, product) + rest;
  const correction = remainder / divisor;
  // The correction is right to some 50 bits; where that leaves two doubles to choose from, nothing is chosen.
  const doubt = Math.abs(correction) * 2 ** -45;
  const rounded = quotient + (correction - doubt);
  return rounded === quotient + (correction + doubt) ? rounded : Number.NaN;
}

/** What the product of two doubles lost in rounding, exactly (Dekker, 1971). */
function findProductError(a: number, b: number, product: number): number {
  const splitA = a * 134_217_729;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = b * 134_217_729;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

function sliceText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** True for a zero that is written with an exponent, or with more digits than the smallest double has. */
export function mayUnderflow(bytes: Uint8Array, start: number, end: number): boolean {
  const letterE = 0x65;
  for (let at = start; at < end; at += 1) if (((bytes[at] as number) | 0x20) === letterE) return true;
  return end - start > 300;
}
