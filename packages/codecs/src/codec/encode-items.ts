/** Turns text written item by item into chunks of bytes. */

const chunkCharacters = 64 * 1024;

// Not Buffer: small ones share one pool, and bytes that go to a worker must own their memory.
const encoder = new TextEncoder();

/** Encodes text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes all items into one body. */
export function encodeAll<Item>(
  items: Iterable<Item>,
  write: (item: Item, record: number) => string,
): Uint8Array {
  const chunks = [...gatherItems(items, write)];
  const body = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Writes items as they are pulled: those of an async source one by one, of a sync source gathered. */
export async function* encodeItems<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  write: (item: Item, record: number) => string,
): AsyncGenerator<Uint8Array> {
  if (!(Symbol.asyncIterator in items)) {
    yield* gatherItems(items, write);
    return;
  }
  let record = 0;
  for await (const item of items) yield encodeText(write(item, record++));
}

function* gatherItems<Item>(
  items: Iterable<Item>,
  write: (item: Item, record: number) => string,
): Generator<Uint8Array> {
  let text = '';
  let record = 0;
  try {
    for (const item of items) {
      text += write(item, record++);
      if (text.length < chunkCharacters) continue;
      const full = text;
      text = '';
      yield encodeText(full);
    }
  } catch (error) {
    // What came before the fault is as good as it would have been one by one.
    if (text !== '') yield encodeText(text);
    throw error;
  }
  if (text !== '') yield encodeText(text);
}
