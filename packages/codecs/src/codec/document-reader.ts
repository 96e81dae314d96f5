/** Reads a body that is one document of bytes: of a stream, when it has ended. */

import { CodecError } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import type { DecodeOptions } from './codec.ts';
import { orRaise, resolveRecordLimit } from './record-limit.ts';

/** How a document is read, and what it is called in messages. */
export interface DocumentFormat<Document> {
  readonly name: string;
  read(bytes: Uint8Array, limit: number): Document;
}

/**
 * Reads a whole body without copying it.
 *
 * @throws `CodecError` with `BODY_EMPTY`, `RECORD_TOO_LARGE`, and what the format throws
 */
export function readDocument<Document>(
  body: Uint8Array,
  { name, read }: DocumentFormat<Document>,
  options?: DecodeOptions,
): Document {
  const limit = resolveRecordLimit(options);
  if (body.length > limit) throw createTooLargeError(name, limit);
  if (body.length > 0) return read(body, limit);
  throw new CodecError('BODY_EMPTY', `reading ${name}: the body is empty, send one ${name} file`);
}

/** Creates the reader of a body that comes in chunks: it collects them. */
export function createDocumentReader<Document>(
  format: DocumentFormat<Document>,
  options?: DecodeOptions,
): BodyReader<Document> {
  const limit = resolveRecordLimit(options);
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    read(chunk) {
      length += chunk.length;
      if (length > limit) throw createTooLargeError(format.name, limit);
      // A copy: the source may use its buffer again.
      chunks.push(chunk.slice());
      return [];
    },
    *end() {
      yield readDocument(Buffer.concat(chunks, length), format, options);
    },
  };
}

/** Creates the error for a document that takes more than `limit` bytes, packed or unpacked. */
export function createTooLargeError(name: string, limit: number): CodecError {
  const message = `reading ${name}: the document is larger than ${limit} bytes: send less${orRaise(limit)}`;
  return new CodecError('RECORD_TOO_LARGE', message, { record: 0 });
}
