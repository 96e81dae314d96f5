/** How numpy writes its element types: the `descr` of a header to the bytes of an element, and back. */

import type { ElementType } from './nd-array.ts';

/** How elements stand in the bytes. */
export interface ElementFormat {
  readonly type: ElementType;
  /** Bytes of one element. */
  readonly width: number;
  readonly isBigEndian: boolean;
}

const types: Readonly<Record<string, ElementType>> = {
  b1: 'bool',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** Reads a `descr` such as `<f8`; undefined for a type that has no counterpart here, as objects and complex numbers. */
export function parseElementFormat(descr: string): ElementFormat | undefined {
  const [, order = '', kind = '', size = ''] = /^([<>|=]?)([a-zA-Z])(\d{1,9})$/.exec(descr) ?? [];
  const isBigEndian = order === '>';
  // numpy counts characters of U, of four bytes each.
  if (kind === 'U') return { type: 'text', width: 4 * Number(size), isBigEndian };
  if (kind === 'S' || kind === 'a') return { type: 'bytes', width: Number(size), isBigEndian };
  const type = types[`${kind}${size}`];
  return type === undefined ? undefined : { type, width: Number(size), isBigEndian };
}

/** Writes the `descr` of a type whose elements are numbers; little endian, as this package writes all. */
export function writeElementFormat(type: ElementType): string | undefined {
  const [code] = Object.entries(types).find(([, known]) => known === type) ?? [];
  if (code === undefined) return undefined;
  return `${code.endsWith('1') ? '|' : '<'}${code}`;
}
