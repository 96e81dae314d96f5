/** Writes a stream whose body is one document. */

import { CodecError, type CodecErrorCode } from '../errors.ts';

/**
 * Yields the bytes of the one item; writes nothing when there is none, or another behind it.
 *
 * @throws `CodecError` with `code`
 */
export async function* encodeOnlyItem<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  write: (item: Item) => Uint8Array,
  code: CodecErrorCode,
  format: string,
  advice = '',
): AsyncGenerator<Uint8Array> {
  const documents: Item[] = [];
  for await (const item of items) {
    documents.push(item);
    if (documents.length > 1) break;
  }
  const [only] = documents;
  if (documents.length !== 1) {
    const count = documents.length === 0 ? 'no item' : 'more than one item';
    throw new CodecError(
      code,
      `writing ${format}: the stream has ${count}, a body is one document: send one${advice}`,
    );
  }
  yield write(only as Item);
}
