/** Makes the codec of a format whose bodies are items one after the other: rows, lines, records. */

import { CodecError, type CodecErrorCode } from '../errors.ts';
import { type BodyReader, readBody, readChunks } from './body-reader.ts';
import type { Codec, DecodeOptions } from './codec.ts';

/** What the formats differ in. */
export interface ItemsFormat<Item, EncodableItem> {
  readonly mediaTypes: Codec['mediaTypes'];
  /** What a body is in messages: `csv`. */
  readonly name: string;
  /** The code for what cannot be encoded. */
  readonly unencodable: CodecErrorCode;
  createReader(options?: DecodeOptions): BodyReader<Item>;
  /** Creates what writes the items of one body, in order. */
  createWriter(): WriteItem<EncodableItem>;
}

type WriteItem<Item> = (item: Item, record: number) => string | Uint8Array;

/** Creates the codec. */
export function createItemsCodec<Item, EncodableItem>({
  mediaTypes,
  name,
  unencodable,
  createReader,
  createWriter,
}: ItemsFormat<Item, EncodableItem>): Codec<Item[], Item, readonly EncodableItem[], EncodableItem> {
  return {
    mediaTypes,
    decode: (body, options) => readBody(createReader(options), body),
    decodeStream: (chunks, options) => readChunks(createReader(options), chunks),
    encode(items) {
      if (Array.isArray(items)) return joinBytes([...gatherItems(items, createWriter())]);
      const message = `writing ${name}: the value is ${typeof items}, expected an array`;
      throw new CodecError(unencodable, message);
    },
    encodeStream: (items) => encodeItems(items, createWriter()),
  };
}

/** Writes items as they are pulled: those of an async source one by one, of a sync source gathered. */
async function* encodeItems<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  write: WriteItem<Item>,
): AsyncGenerator<Uint8Array> {
  if (!(Symbol.asyncIterator in items)) {
    yield* gatherItems(items, write);
    return;
  }
  let record = 0;
  for await (const item of items) yield join([write(item, record++)]);
}

/** Characters of text, or bytes. */
const chunkLength = 64 * 1024;

function* gatherItems<Item>(items: Iterable<Item>, write: WriteItem<Item>): Generator<Uint8Array> {
  let parts: (string | Uint8Array)[] = [];
  let length = 0;
  let record = 0;
  const take = () => {
    const chunk = join(parts);
    parts = [];
    length = 0;
    return chunk;
  };
  try {
    for (const item of items) {
      const part = write(item, record++);
      parts.push(part);
      length += part.length;
      if (length >= chunkLength) yield take();
    }
  } catch (error) {
    // What came before the fault is as good as it would have been one by one.
    if (length > 0) yield take();
    throw error;
  }
  if (length > 0) yield take();
}

/** A writer gives either text or bytes. */
function join(parts: readonly (string | Uint8Array)[]): Uint8Array {
  return typeof parts[0] === 'string' ? encodeText(parts.join('')) : joinBytes(parts as Uint8Array[]);
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

// Not Buffer: small ones share one pool, and bytes that go to a worker must own their memory.
const encoder = new TextEncoder();

/** Encodes text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}
