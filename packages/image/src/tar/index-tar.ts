/** Finds where the entries of a tar file begin by its headers alone: an archive of gigabytes costs a few reads. */

import { type FileHandle, open } from 'node:fs/promises';
import { applyExtension, decodeTarBlock, TarFault, type TarOverrides } from './decode-tar-header.ts';
import { blockSize, paddingLength, type TarHeader } from './encode-tar-header.ts';

/** Where in the file an entry's content is. */
export interface TarPlace {
  readonly header: TarHeader;
  /** Of the first byte of the content. */
  readonly offset: number;
}

/**
 * Lists the entries of the tar at `file`, by path without a leading `./`. Of two with one path the later counts.
 *
 * @throws TarFault for bytes that are not a tar, or fewer than its headers say; what `node:fs` throws.
 */
export async function indexTar(file: string): Promise<ReadonlyMap<string, TarPlace>> {
  await using handle = await open(file);
  return await readPlaces(handle, (await handle.stat()).size);
}

async function readPlaces(handle: FileHandle, fileSize: number): Promise<ReadonlyMap<string, TarPlace>> {
  const places = new Map<string, TarPlace>();
  let overrides: TarOverrides = {};
  for (let at = 0; at < fileSize; ) {
    const decoded = decodeTarBlock(await readExactly(handle, at, blockSize, fileSize), overrides);
    if (decoded.kind === 'end') return places;
    const size = decoded.kind === 'extension' ? decoded.size : decoded.header.size;
    const offset = at + blockSize;
    at = offset + size + paddingLength(size);
    if (decoded.kind === 'extension') {
      overrides = applyExtension(overrides, decoded.flag, await readExactly(handle, offset, size, fileSize));
      continue;
    }
    if (offset + size > fileSize) throw new TarFault(`it ends inside "${decoded.header.path}"`);
    places.set(decoded.header.path.replace(/^(\.\/)+/, ''), { header: decoded.header, offset });
    overrides = {};
  }
  if (Object.keys(overrides).length > 0) throw new TarFault('it ends inside a header');
  return places;
}

async function readExactly(
  handle: FileHandle,
  at: number,
  length: number,
  fileSize: number,
): Promise<Buffer> {
  if (at + length > fileSize) throw new TarFault('it ends inside a header');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new TarFault('it was truncated while it was read');
  return buffer;
}
