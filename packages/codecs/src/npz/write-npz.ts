/** Writes arrays as an npz archive, stored as `numpy.savez` does. The same arrays give the same bytes. */

import process from 'node:process';
import { nameForeign } from '../codec/name-foreign.ts';
import { CodecError } from '../errors.ts';
import { isNdArray } from '../npy/nd-array.ts';
import { callToJson } from '../npy/unpack-value.ts';
import { type EncodableArray, writeNpy } from '../npy/write-npy.ts';
import { isArrayName } from './read-npz.ts';

/** Holds arrays by name, or one array, whose name is `arr_0` as in numpy. */
export type EncodableArrays = EncodableArray | { readonly [name: string]: EncodableArray };

/** What a 32-bit archive can hold. */
const maximumBytes = 2 ** 32 - 2;
const maximumMembers = 2 ** 16 - 2;

/**
 * Writes one archive.
 *
 * @throws `CodecError` with `NPZ_UNENCODABLE`, `NPY_UNENCODABLE`
 */
export function writeNpz(value: EncodableArrays): Uint8Array {
  // Loaded late: a worker that never sees an archive starts sooner.
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, array] of listArrays(value)) {
    const file = new TextEncoder().encode(`${name}.npy`);
    const bytes = writeNpy(array);
    const facts = { file, sizeBytes: bytes.length, checksum: crc32(bytes), at };
    const header = writeHeader('local', facts);
    parts.push(header, bytes);
    directory.push(writeHeader('central', facts));
    at += header.length + bytes.length;
    if (at > maximumBytes) throw createError('the arrays take more than 4 GiB: send fewer at once');
  }
  const sizeBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const archive = Buffer.concat([...parts, ...directory, writeEnd(directory.length, sizeBytes, at)]);
  return new Uint8Array(archive.buffer, archive.byteOffset, archive.length);
}

function listArrays(given: EncodableArrays): [string, EncodableArray][] {
  const value = callToJson(given) as EncodableArrays;
  const isObject = typeof value === 'object' && value !== null;
  const isOne = !isObject || Array.isArray(value) || ArrayBuffer.isView(value) || isNdArray(value);
  const foreign = isOne ? undefined : nameForeign(value);
  if (foreign !== undefined)
    throw createError(`the value is ${foreign}: send arrays by name in a plain object`);
  const arrays = isOne ? [['arr_0', value] as [string, EncodableArray]] : listMembers(value);
  if (arrays.length > maximumMembers)
    throw createError(`there are ${arrays.length} arrays, at most ${maximumMembers} fit`);
  for (const [name] of arrays) {
    if (!isArrayName(name))
      throw createError(`${JSON.stringify(name)} is not a valid array name: use letters and digits`);
  }
  return arrays;
}

/** A member that is `undefined` is one that is absent, as in JSON. */
function listMembers(value: object): [string, EncodableArray][] {
  return Object.entries(value).filter(([, array]) => array !== undefined);
}

interface MemberFacts {
  readonly file: Uint8Array;
  readonly sizeBytes: number;
  readonly checksum: number;
  readonly at: number;
}

/** The first day that the format knows. */
const firstDay = 0x21;
const utf8Flag = 0x800;

/** The two headers of a member hold the same fields; that of the directory has more around them. */
function writeHeader(kind: 'local' | 'central', { file, sizeBytes, checksum, at }: MemberFacts): Uint8Array {
  const isCentral = kind === 'central';
  const start = isCentral ? 46 : 30;
  const header = new Uint8Array(start + file.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, isCentral ? 0x02014b50 : 0x04034b50, true);
  const shared = isCentral ? 6 : 4;
  if (isCentral) view.setUint16(4, 20, true);
  view.setUint16(shared, 20, true);
  view.setUint16(shared + 2, utf8Flag, true);
  view.setUint16(shared + 8, firstDay, true);
  view.setUint32(shared + 10, checksum, true);
  view.setUint32(shared + 14, sizeBytes, true);
  view.setUint32(shared + 18, sizeBytes, true);
  view.setUint16(shared + 22, file.length, true);
  if (isCentral) view.setUint32(42, at, true);
  header.set(file, start);
  return header;
}

function writeEnd(count: number, sizeBytes: number, start: number): Uint8Array {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, sizeBytes, true);
  view.setUint32(16, start, true);
  return end;
}

function createError(what: string): CodecError {
  return new CodecError('NPZ_UNENCODABLE', `writing npz: ${what}`);
}
