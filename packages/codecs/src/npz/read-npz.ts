/** Reads the arrays of an npz archive, never more of them than allowed. */

import process from 'node:process';
import { createTooLargeError } from '../codec/document-codec.ts';
import type { NdArray } from '../npy/nd-array.ts';
import { readNpy } from '../npy/read-npy.ts';
import { createZipError, quoteName, readZipDirectory, type ZipMember } from './zip-directory.ts';

/** Arrays by name; an object without a prototype, for any name may come. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/**
 * Reads all arrays, which together may take `limit` bytes.
 *
 * @throws `CodecError` with `NPZ_MALFORMED`, `NPZ_UNSUPPORTED`, `RECORD_TOO_LARGE` and what `readNpy` throws
 */
export function readNpz(archive: Uint8Array, limit: number): NamedArrays {
  const members = readZipDirectory(archive);
  const total = members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total > limit) throw createTooLargeError('npz', limit);
  const arrays: Record<string, NdArray> = Object.create(null);
  for (const [record, member] of members.entries()) {
    const name = readArrayName(member.name, record);
    if (name in arrays)
      throw createZipError(`it contains ${quoteName(member.name)} twice`, 'NPZ_MALFORMED', record);
    const place = { name: `reading npz: member ${record} (from zero), ${quoteName(member.name)}`, record };
    arrays[name] = readNpy(unpack(member, record), place);
  }
  return arrays;
}

/** True for a name that means the same to every reader, and no place outside of its folder. */
export function isArrayName(name: string): boolean {
  if (name === '' || name.startsWith('/') || /[\\:\p{Cc}\p{Cs}]/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function readArrayName(file: string, record: number): string {
  if (!file.endsWith('.npy')) {
    throw createZipError(`its member ${quoteName(file)} is not a .npy file`, 'NPZ_MALFORMED', record);
  }
  const name = file.slice(0, -'.npy'.length);
  if (isArrayName(name)) return name;
  throw createZipError(`its member ${quoteName(file)} has a path for a name`, 'NPZ_MALFORMED', record);
}

function unpack({ name, method, packed, sizeBytes, crc32: expected }: ZipMember, record: number): Uint8Array {
  const bytes = method === 'stored' ? packed : inflate(packed, sizeBytes, name, record);
  if (bytes.length !== sizeBytes) {
    const what = `its member ${quoteName(name)} has ${bytes.length} bytes, the directory states ${sizeBytes}`;
    throw createZipError(what, 'NPZ_MALFORMED', record);
  }
  if (loadZlib().crc32(bytes) === expected) return bytes;
  throw createZipError(
    `its member ${quoteName(name)} is damaged: its checksum differs`,
    'NPZ_MALFORMED',
    record,
  );
}

/** Late: a worker that never sees an archive starts sooner. */
function loadZlib() {
  return process.getBuiltinModule('node:zlib');
}

function inflate(packed: Uint8Array, sizeBytes: number, name: string, record: number): Uint8Array {
  try {
    return loadZlib().inflateRawSync(packed, { maxOutputLength: Math.max(1, sizeBytes) });
  } catch (cause) {
    const isLarger = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const what = isLarger
      ? `unpacks to more than the ${sizeBytes} bytes that the directory states`
      : 'cannot be unpacked';
    throw createZipError(`its member ${quoteName(name)} ${what}`, 'NPZ_MALFORMED', record, cause);
  }
}
