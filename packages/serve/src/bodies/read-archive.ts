/** Reads archives of named arrays. */

import { CodecError, type NdArray, npzCodec } from '@optml/codecs';
import { toLists } from '@optml/codecs/arrays';
import { ServeError } from '../errors/errors.ts';
import type { ReadOptions } from './decoded-body.ts';
import { readSparseArchive } from './sparse-archive.ts';

/** Archives may hold far more than they take; so many bytes are unpacked at most, or as many as there are. */
const maximumUnpackedBytes = 32 * 1024 ** 2;

/** @throws CodecError for what is not an archive; ServeError `BODY_TOO_LARGE`. */
export function readArchive(body: Uint8Array): Readonly<Record<string, NdArray>> {
  const limit = Math.max(maximumUnpackedBytes, body.length);
  try {
    return npzCodec.decode(body, { maximumRecordBytes: limit });
  } catch (cause) {
    if (!(cause instanceof CodecError) || cause.code !== 'RECORD_TOO_LARGE') throw cause;
    const message = `the arrays of the archive take more than ${limit} bytes when they are unpacked: send fewer rows at a time, or plain npy`;
    throw new ServeError('BODY_TOO_LARGE', message, { cause });
  }
}

/** An archive of one array is that array, as `{"instances": X}` is X; one of a sparse matrix is its rows. */
export function toNamedLists(
  arrays: Readonly<Record<string, NdArray>>,
  { lossyNumbers }: Pick<ReadOptions, 'lossyNumbers'>,
): unknown {
  const rows = readSparseArchive(arrays);
  if (rows !== undefined) return rows;
  const lists = Object.entries(arrays).map(
    ([name, array]) => [name, toLists(array, { lossyNumbers })] as const,
  );
  const [first] = lists;
  return lists.length === 1 ? first?.[1] : Object.fromEntries(lists);
}
