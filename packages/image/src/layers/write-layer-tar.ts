/** Streams the tar of a layer. The same entries give the same bytes on every machine, at any time. */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ImageError } from '../errors.ts';
import { orFileFault, toFileFault } from '../files/file-fault.ts';
import { encodeTarHeader, padding } from '../tar/encode-tar-header.ts';
import type { LayerEntry } from './layer-entry.ts';

/** Files up to this many bytes are read at once, some ahead of their turn. */
const smallFileBytes = 256 * 1024;
const readAheadFiles = 16;
/** Chunks are joined up to about this many bytes: each costs a call of the hash and of the compressor. */
const chunkBytes = 256 * 1024;

/**
 * Streams the tar of `entries`, which are written in their order.
 *
 * @throws ImageError `FILE_CHANGED` for a file that is not as long as its entry says, `FILE_UNREADABLE`
 */
export async function* writeLayerTar(
  entries: readonly LayerEntry[],
  mtime: number,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of writeEntries(entries, mtime)) {
    if (part.length === 0) continue;
    parts.push(part);
    bytes += part.length;
    if (bytes < chunkBytes) continue;
    yield parts.length === 1 ? part : Buffer.concat(parts, bytes);
    parts = [];
    bytes = 0;
  }
  // Two empty blocks are the end mark.
  yield Buffer.concat([...parts, Buffer.alloc(1024)]);
}

async function* writeEntries(entries: readonly LayerEntry[], mtime: number): AsyncGenerator<Uint8Array> {
  for await (const [entry, content] of readAhead(entries)) {
    yield encodeTarHeader({ ...entry, uid: entry.uid ?? 0, gid: entry.gid ?? 0, mtime });
    if (entry.type !== 'file') continue;
    if (content !== undefined) {
      if (content.length !== entry.size) throw changed(entry);
      yield content;
    } else yield* streamFile(entry);
    yield padding(entry.size);
  }
}

/** Gives each entry with the content of a small file, reading a few of those that follow meanwhile. */
async function* readAhead(
  entries: readonly LayerEntry[],
): AsyncGenerator<readonly [LayerEntry, Uint8Array | undefined]> {
  const pending: Promise<Uint8Array | undefined>[] = [];
  try {
    for (let index = 0; index < entries.length; index++) {
      while (pending.length < readAheadFiles && index + pending.length < entries.length) {
        const content = readSmallFile(entries[index + pending.length] as LayerEntry);
        // It is awaited in its turn; until then a failure is not an unhandled one.
        content.catch(() => {});
        pending.push(content);
      }
      yield [entries[index] as LayerEntry, await pending.shift()];
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

async function readSmallFile({ type, size, content }: LayerEntry): Promise<Uint8Array | undefined> {
  if (type !== 'file' || typeof content !== 'string') return content as Uint8Array | undefined;
  if (size > smallFileBytes) return undefined;
  return orFileFault(readFile(content), 'FILE_UNREADABLE', 'read a file for the image', content);
}

async function* streamFile(entry: LayerEntry): AsyncGenerator<Uint8Array> {
  const file = entry.content as string;
  let read = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
      read += chunk.length;
      if (read > entry.size) break;
      yield chunk;
    }
  } catch (error) {
    throw toFileFault(error, 'FILE_UNREADABLE', 'read a file for the image', file);
  }
  if (read !== entry.size) throw changed(entry);
}

function changed({ content, path }: LayerEntry): ImageError {
  const file = typeof content === 'string' ? content : path;
  return new ImageError(
    'FILE_CHANGED',
    `${file} changed while the image was built: stop what writes it (perhaps a build in watch mode), and build again`,
    { path: file },
  );
}
