/** Says which spellings of numbers lose their meaning when they are read as a double. */

const spelling = /^[+-]?(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** A decimal number: the digits from the first to the last that is not zero, times a power of ten. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/**
 * Returns true when reading `text`, a number as JSON, csv or Python spells it, with `Number` loses it:
 *
 * - any number that overflows to Infinity, for example `31e4567`, or underflows to zero, for example `1e-400`;
 * - a whole number of which the shortest spelling of its double names another number: `9007199254740993` is read
 *   as 9007199254740992. `1e23` and `9007199254740993000` are not lost, however large.
 *
 * Numbers with decimals are not lost when they are rounded, which is what doubles do. Text that does not spell a
 * finite number (`NaN`, `0x10`, nothing) is not lost either: it never was one.
 */
export function isLossyNumber(text: string): boolean {
  const value = Number(text);
  // What a double has printed comes back; this spares most numbers the rest.
  if (Number.isFinite(value) && String(value) === text) return false;
  const decimal = parseDecimal(text);
  if (decimal === undefined || decimal.digits === '') return false;
  if (value === 0 || !Number.isFinite(value)) return true;
  if (decimal.exponent < 0) return false;
  const nearest = parseDecimal(String(value));
  return nearest?.digits !== decimal.digits || nearest.exponent !== decimal.exponent;
}

function parseDecimal(text: string): Decimal | undefined {
  const [matched, whole = '', fraction = '', power = '0'] = spelling.exec(text) ?? [];
  if (matched === undefined || whole + fraction === '') return undefined;
  const written = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = trimZeros(written);
  return { digits, exponent: Number(power) - fraction.length + written.length - digits.length };
}

/** Not by a regular expression, which would look at each run of zeros again from each of them. */
function trimZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === '0') end -= 1;
  return text.slice(0, end);
}
