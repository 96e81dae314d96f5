/** Turns a body into the values that the author's schema gets. */

import { CodecError } from '@optml/codecs';
import { ownBytes } from '../invocation/own-bytes.ts';
import { type BodyOptions, type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { dropLabels } from './drop-labels.ts';
import type { Format } from './formats.ts';
import type { RequestType } from './media-types.ts';

/**
 * Decodes a body by its content type; a string is ASCII. Labels are left out.
 *
 * @throws CodecError for a body that is not what its type says; ServeError `BODY_TOO_LARGE`, `INPUT_INVALID`.
 */
export function decodeBody(
  body: string | Uint8Array,
  { format, parameters, isUtf8, labelColumns }: RequestType,
  options: BodyOptions = {},
): DecodedBody {
  const refusing: ReadOptions = { ...options, parameters, lossyNumbers: 'refuse' };
  const plain = isUtf8 ? format.readPlain?.(body, refusing) : undefined;
  const decoded = plain ?? decodeBytes(body, format, refusing);
  return labelColumns === 0 ? decoded : dropLabels(decoded, labelColumns);
}

function decodeBytes(body: string | Uint8Array, format: Format, options: ReadOptions): DecodedBody {
  const bytes = typeof body === 'string' ? ownBytes(Buffer.from(body, 'latin1')) : body;
  const { read, isLossy } = readLossy((lossyNumbers) =>
    readBytes(bytes, format, { ...options, lossyNumbers }),
  );
  return isLossy ? { ...read, hasLossyNumbers: true } : read;
}

/** Reads numbers that a double cannot hold as text: the schema may take that, or a bigint. */
export function readLossy<Read>(read: (lossyNumbers: 'refuse' | 'text') => Read): {
  readonly read: Read;
  readonly isLossy: boolean;
} {
  try {
    return { read: read('refuse'), isLossy: false };
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== 'NUMBER_LOSSY') throw error;
    return { read: read('text'), isLossy: true };
  }
}

function readBytes(
  bytes: Uint8Array,
  { codec, toInstances, toPacked = toInstances }: Format,
  options: ReadOptions,
): DecodedBody {
  const read = options.arrays === 'packed' ? toPacked : toInstances;
  if (read !== undefined) return read(bytes, options);
  const { parameters, lossyNumbers } = options;
  const decoded = codec.decode(bytes, { parameters, maximumRecordBytes, lossyNumbers });
  // The author may look at the array's buffer: it holds the body and nothing else.
  return { name: 'instances', instances: decoded instanceof Uint8Array ? ownBytes(decoded) : decoded };
}
