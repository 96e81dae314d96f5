/** The datatypes of the Open Inference Protocol v2, and what of JSON is an element of each. */

type Check = (value: unknown) => boolean;

const checks = {
  BOOL: (value: unknown) => typeof value === 'boolean',
  UINT8: isWithin(0, 2 ** 8),
  UINT16: isWithin(0, 2 ** 16),
  UINT32: isWithin(0, 2 ** 32),
  UINT64: isWideWithin(0n, 2n ** 64n),
  INT8: isWithin(-(2 ** 7), 2 ** 7),
  INT16: isWithin(-(2 ** 15), 2 ** 15),
  INT32: isWithin(-(2 ** 31), 2 ** 31),
  INT64: isWideWithin(-(2n ** 63n), 2n ** 63n),
  FP16: Number.isFinite,
  FP32: Number.isFinite,
  FP64: Number.isFinite,
  BYTES: (value: unknown) => typeof value === 'string',
} as const satisfies Readonly<Record<string, Check>>;

type Datatype = keyof typeof checks;

export const datatypes = Object.keys(checks) as Datatype[];

/** True for a value of JSON that is an element of the type; integers of 64 bits may be the text of their digits. */
export function isElement(value: unknown, datatype: Datatype): boolean {
  return checks[datatype](value);
}

/** From `least` up to, and without, `end`. */
function isWithin(least: number, end: number): Check {
  return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) < end;
}

function isWideWithin(least: bigint, end: bigint): Check {
  return (value) => {
    if (Number.isSafeInteger(value)) return (value as number) >= least;
    const isDigits = typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isInteger(value);
    if (!isDigits) return false;
    const integer = BigInt(value as string | number);
    return integer >= least && integer < end;
  };
}
