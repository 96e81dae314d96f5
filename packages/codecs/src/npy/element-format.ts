/** How numpy writes its element types: the `descr` of a header to the bytes of an element, and back. */

import { type ElementType, numberTypes } from './nd-array.ts';

/** How elements stand in the bytes. */
export interface ElementFormat {
  readonly type: ElementType;
  /** Bytes of one element. */
  readonly width: number;
  readonly isBigEndian: boolean;
}

const codes: Readonly<Record<string, string>> = {
  bool: 'b1',
  float16: 'f2',
  ...Object.fromEntries(Object.entries(numberTypes).map(([type, { code }]) => [type, code])),
};
const types = Object.fromEntries(Object.entries(codes).map(([type, code]) => [code, type as ElementType]));

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
  const code = codes[type];
  return code && `${code.endsWith('1') ? '|' : '<'}${code}`;
}
