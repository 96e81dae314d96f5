/**
 * Reads the content types that hold arrays of numbers: as lists, so that one schema takes the same rows from all of
 * them as from JSON, or packed in typed arrays, as their codecs give them.
 */

import {
  type Codec,
  CodecError,
  csvCodec,
  decodeNumericCsv,
  libsvmCodec,
  type NdArray,
  npyCodec,
  npzCodec,
  recordIoProtobufCodec,
  toLists,
} from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';
import { toRecordInstances } from './record-instances.ts';
import { readSparseArchive } from './sparse-archive.ts';
import { type SparseOptions, toDenseRows } from './sparse-rows.ts';

/** What a predictor says of arrays. */
export interface ArrayOptions {
  readonly arrays?: 'lists' | 'packed' | undefined;
  readonly sparse?: SparseOptions | undefined;
}

/** What becomes of integers that a double cannot hold; packed arrays hold them. */
export type LossyNumbers = 'refuse' | 'text';

type ReadArray = (
  body: Uint8Array,
  parameters: Readonly<Record<string, string>>,
  lossyNumbers: LossyNumbers,
) => unknown;

/** Archives may hold far more than they take; so many bytes are unpacked at most, or as many as there are. */
const maximumUnpackedBytes = 32 * 1024 ** 2;
/** The server has bounded the whole body already. */
const maximumRecordBytes = Number.POSITIVE_INFINITY;

/** Gives the reader of a codec whose values are arrays; `undefined` for all other codecs. */
export function findArrayReader(codec: Codec, options: ArrayOptions): ReadArray | undefined {
  return (options.arrays === 'packed' ? packedReaders : listReaders).get(codec)?.(options);
}

type Readers = ReadonlyMap<unknown, (options: ArrayOptions) => ReadArray>;

const packedReaders: Readers = new Map<unknown, (options: ArrayOptions) => ReadArray>([
  [csvCodec, () => readPackedCsv],
  [npzCodec, () => readArchive],
]);

const listReaders: Readers = new Map<unknown, (options: ArrayOptions) => ReadArray>([
  [
    npyCodec,
    () => (body, _, lossyNumbers) => toLists(npyCodec.decode(body, { maximumRecordBytes }), { lossyNumbers }),
  ],
  [npzCodec, () => (body, _, lossyNumbers) => toNamedLists(readArchive(body), lossyNumbers)],
  [
    libsvmCodec,
    ({ sparse }) =>
      (body, parameters) =>
        toDenseRows(libsvmCodec.decode(body, { parameters, maximumRecordBytes }), sparse),
  ],
  [
    recordIoProtobufCodec,
    () => (body) => toRecordInstances(recordIoProtobufCodec.decode(body, { maximumRecordBytes })),
  ],
]);

function readPackedCsv(body: Uint8Array, parameters: Readonly<Record<string, string>>): NdArray {
  const { rows, columns, values } = decodeNumericCsv(body, { parameters, maximumRecordBytes });
  return { type: 'float64', shape: [rows, columns], values };
}

function readArchive(body: Uint8Array): Readonly<Record<string, NdArray>> {
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
function toNamedLists(arrays: Readonly<Record<string, NdArray>>, lossyNumbers: LossyNumbers): unknown {
  const rows = readSparseArchive(arrays);
  if (rows !== undefined) return rows;
  const lists = Object.entries(arrays).map(
    ([name, array]) => [name, toLists(array, { lossyNumbers })] as const,
  );
  const [first] = lists;
  return lists.length === 1 ? first?.[1] : Object.fromEntries(lists);
}
