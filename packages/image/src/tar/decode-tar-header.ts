/** Reads the headers of a tar, also of one that was made to mislead: it ends with a header or a reason. */

import { sumBytes, type TarEntryType, type TarHeader } from './encode-tar-header.ts';

/** What one header block says; `extension` blocks speak of the entry that follows. */
export type TarBlock =
  | { readonly kind: 'end' }
  | { readonly kind: 'extension'; readonly flag: 'x' | 'g' | 'L' | 'K'; readonly size: number }
  | { readonly kind: 'entry'; readonly header: TarHeader };

/** What extension blocks have said of the next entry. */
export interface TarOverrides {
  readonly path?: string | undefined;
  readonly linkTarget?: string | undefined;
  readonly size?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Why bytes are not a tar. */
export class TarFault extends Error {}

/** PAX records and GNU's long names are small; one above this is an attempt to fill the memory. */
const largestExtension = 1024 * 1024;

const types: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
};

/** Reads one block of 512 bytes. @throws TarFault */
export function decodeTarBlock(block: Buffer, overrides: TarOverrides): TarBlock {
  if (block.every((byte) => byte === 0)) return { kind: 'end' };
  if (readNumber(block, 148, 8) !== sumBytes(block)) throw new TarFault('a header has a wrong checksum');
  const flag = String.fromCharCode(block[156] as number);
  const size = overrides.size ?? readNumber(block, 124, 12);
  if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
    const own = readNumber(block, 124, 12);
    if (own > largestExtension) throw new TarFault(`an extended header has ${own} bytes`);
    return { kind: 'extension', flag, size: own };
  }
  const type = types[flag];
  if (type === undefined) throw new TarFault(`an entry has the unknown type ${JSON.stringify(flag)}`);
  const path = overrides.path ?? readPath(block);
  const linkTarget = overrides.linkTarget ?? readText(block, 157, 100);
  const isDirectory = type === 'directory' || (type === 'file' && path.endsWith('/'));
  return {
    kind: 'entry',
    header: {
      path: path.replace(/\/+$/, ''),
      type: isDirectory ? 'directory' : type,
      mode: readNumber(block, 100, 8) & 0o7777,
      uid: overrides.uid ?? readNumber(block, 108, 8),
      gid: overrides.gid ?? readNumber(block, 116, 8),
      size: type === 'file' && !isDirectory ? size : 0,
      mtime: readNumber(block, 136, 12),
      linkTarget: type === 'link' || type === 'symlink' ? linkTarget : undefined,
    },
  };
}

/** Adds to the overrides what an extension's body says. @throws TarFault */
export function applyExtension(
  overrides: TarOverrides,
  flag: 'x' | 'g' | 'L' | 'K',
  body: Buffer,
): TarOverrides {
  if (flag === 'L') return { ...overrides, path: readText(body, 0, body.length) };
  if (flag === 'K') return { ...overrides, linkTarget: readText(body, 0, body.length) };
  // A global header names a commit or a comment; paths in it would be nonsense.
  if (flag === 'g') return overrides;
  const records = decodePax(body);
  const numbers = Object.fromEntries(
    ['size', 'uid', 'gid'].flatMap((key) => {
      const text = records.get(key);
      if (text === undefined) return [];
      if (!/^\d{1,15}$/.test(text)) throw new TarFault(`a PAX record has the ${key} ${JSON.stringify(text)}`);
      return [[key, Number(text)]];
    }),
  );
  const path = records.get('path') ?? overrides.path;
  const linkTarget = records.get('linkpath') ?? overrides.linkTarget;
  return { ...overrides, path, linkTarget, ...numbers };
}

function decodePax(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^\d{1,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (length === 0 || end > body.length || end <= space || equals < 0 || equals >= end) {
      throw new TarFault('a PAX record is malformed');
    }
    records.set(body.toString('utf8', space + 1, equals), body.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return records;
}

function readPath(block: Buffer): string {
  const name = readText(block, 0, 100);
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? readText(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readText(bytes: Buffer, offset: number, length: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end < 0 ? offset + length : Math.min(end, offset + length));
}

/** Octal digits, or GNU's base 256 for what they cannot say. */
function readNumber(block: Buffer, offset: number, length: number): number {
  const first = block[offset] as number;
  if (first === 0x80 || first === 0xff) {
    // Negative numbers (times before 1970) exist; none that is read here means anything by them.
    if (first === 0xff) return 0;
    let value = 0;
    for (let index = offset + 1; index < offset + length; index++)
      value = value * 256 + (block[index] as number);
    if (!Number.isSafeInteger(value)) throw new TarFault('a number in a header is too large');
    return value;
  }
  const text = readText(block, offset, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw new TarFault(`a number in a header is ${JSON.stringify(text)}`);
  return Number.parseInt(text, 8);
}
