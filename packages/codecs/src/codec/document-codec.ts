/** Makes the codec of a format whose body is one document: of a stream, it is read when it has ended. */

import { CodecError, type CodecErrorCode } from '../errors.ts';
import { type BodyReader, readChunks } from './body-reader.ts';
import type { Codec, DecodeOptions } from './codec.ts';
import { orRaise, resolveRecordLimit } from './record-limit.ts';

/** What the formats differ in. */
export interface DocumentFormat<Document, Encodable> {
  readonly mediaTypes: Codec['mediaTypes'];
  /** What a body is in messages: `npy`. */
  readonly name: string;
  /** The code for what cannot be encoded. */
  readonly unencodable: CodecErrorCode;
  /** What helps who has several documents; it reads after "send one". */
  readonly advice?: string | undefined;
  /** Reads a body that is not empty and takes at most `limit` bytes; `undefined` where it holds nothing after all. */
  read(bytes: Uint8Array, options: DecodeOptions & { readonly limit: number }): Document | undefined;
  write(value: Encodable): Uint8Array;
}

/** Creates the codec. */
export function createDocumentCodec<Document, Encodable>(
  format: DocumentFormat<Document, Encodable>,
): Codec<Document, Document, Encodable, Encodable> {
  const { mediaTypes, write } = format;
  return {
    mediaTypes,
    decode: (body, options) => readDocument(body, format, options),
    decodeStream: (chunks, options) => readChunks(createReader(format, options), chunks),
    encode: write,
    encodeStream: (items) => encodeOnlyItem(items, format),
  };
}

/** Reads a whole body without copying it. */
function readDocument<Document>(
  body: Uint8Array,
  { name, read }: DocumentFormat<Document, never>,
  options?: DecodeOptions,
): Document {
  const limit = resolveRecordLimit(options);
  if (body.length > limit) throw createTooLargeError(name, limit);
  const document = body.length === 0 ? undefined : read(body, { ...options, limit });
  if (document !== undefined) return document;
  throw new CodecError('BODY_EMPTY', `reading ${name}: the body is empty, send one document`);
}

/** Collects the chunks of a body. */
function createReader<Document>(
  format: DocumentFormat<Document, never>,
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
    end: () => [readDocument(Buffer.concat(chunks, length), format, options)],
  };
}

/** Creates the error for a document that takes more than `limit` bytes, packed or unpacked. */
export function createTooLargeError(name: string, limit: number): CodecError {
  const message = `reading ${name}: the document is larger than ${limit} bytes: send less${orRaise(limit)}`;
  return new CodecError('RECORD_TOO_LARGE', message, { record: 0 });
}

/** Yields the bytes of the one item; writes nothing when there is none, or another behind it. */
async function* encodeOnlyItem<Encodable>(
  items: AsyncIterable<Encodable> | Iterable<Encodable>,
  { name, unencodable, advice = '', write }: DocumentFormat<unknown, Encodable>,
): AsyncGenerator<Uint8Array> {
  const documents: Encodable[] = [];
  for await (const item of items) {
    documents.push(item);
    if (documents.length > 1) break;
  }
  if (documents.length !== 1) {
    const count = documents.length === 0 ? 'no item' : 'more than one item';
    const message = `writing ${name}: the stream has ${count}, a body is one document: send one${advice}`;
    throw new CodecError(unencodable, message);
  }
  yield write(documents[0] as Encodable);
}
