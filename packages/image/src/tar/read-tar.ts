/** Reads a tar as it streams by: one entry at a time, its content on demand, nothing held but a block. */

import { ByteReader } from './byte-reader.ts';
import { applyExtension, decodeTarBlock, TarFault, type TarOverrides } from './decode-tar-header.ts';
import { blockSize, paddingLength, type TarHeader } from './encode-tar-header.ts';

/** One entry while it passes. */
export interface TarEntry {
  readonly header: TarHeader;
  /** Streams the content; what is not read before the next entry is passed over. */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar until its end mark, or until the bytes end between two entries.
 *
 * @throws TarFault for bytes that are not a tar, or that end inside an entry.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  let overrides: TarOverrides = {};
  try {
    for (;;) {
      const block = await reader.read(blockSize);
      if (block.length === 0 && Object.keys(overrides).length === 0) return;
      if (block.length < blockSize) throw new TarFault('it ends inside a header');
      const decoded = decodeTarBlock(block, overrides);
      if (decoded.kind === 'end') break;
      if (decoded.kind === 'extension') {
        const body = await reader.read(decoded.size);
        if (body.length < decoded.size) throw new TarFault('it ends inside an extended header');
        await reader.skip(paddingLength(decoded.size));
        overrides = applyExtension(overrides, decoded.flag, body);
        continue;
      }
      const { header } = decoded;
      overrides = {};
      const left = { bytes: header.size };
      yield { header, content: () => readContent(reader, left, header.path) };
      if ((await reader.skip(left.bytes)) < left.bytes) throw endsInside(header.path);
      await reader.skip(paddingLength(header.size));
    }
    // What follows the end mark belongs to the blob and to its digest.
    await reader.skip(Number.POSITIVE_INFINITY);
  } finally {
    await reader.close();
  }
}

async function* readContent(
  reader: ByteReader,
  left: { bytes: number },
  path: string,
): AsyncGenerator<Uint8Array> {
  while (left.bytes > 0) {
    const chunk = await reader.readSome(left.bytes);
    if (chunk === undefined) throw endsInside(path);
    left.bytes -= chunk.length;
    yield chunk;
  }
}

function endsInside(path: string): TarFault {
  return new TarFault(`it ends inside "${path}"`);
}
