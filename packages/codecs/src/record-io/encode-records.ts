/** Turns records written one by one into chunks of bytes. */

import { CodecError } from '../errors.ts';

const chunkBytes = 64 * 1024;

/** Writes all records into one body. */
export function encodeAllRecords<Item>(
  items: readonly Item[],
  write: (item: Item, record: number) => Uint8Array,
): Uint8Array {
  if (!Array.isArray(items)) {
    const message = `writing RecordIO: the value is ${typeof items}, not an array of records`;
    throw new CodecError('RECORDIO_UNENCODABLE', message);
  }
  // Not `map`, which passes over what an array does not have.
  return joinBytes(Array.from(items, write));
}

/** Writes records as they are pulled: those of an async source one by one, of a sync source gathered. */
export async function* encodeRecords<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  write: (item: Item, record: number) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (!(Symbol.asyncIterator in items)) {
    yield* gatherRecords(items, write);
    return;
  }
  let record = 0;
  for await (const item of items) yield write(item, record++);
}

function* gatherRecords<Item>(
  items: Iterable<Item>,
  write: (item: Item, record: number) => Uint8Array,
): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let record = 0;
  try {
    for (const item of items) {
      const bytes = write(item, record++);
      pending.push(bytes);
      pendingBytes += bytes.length;
      if (pendingBytes < chunkBytes) continue;
      const full = pending;
      pending = [];
      pendingBytes = 0;
      yield joinBytes(full);
    }
  } catch (error) {
    // What came before the fault is as good as it would have been one by one.
    if (pendingBytes > 0) yield joinBytes(pending);
    throw error;
  }
  if (pendingBytes > 0) yield joinBytes(pending);
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
