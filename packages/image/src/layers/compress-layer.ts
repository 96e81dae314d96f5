/** Compresses a layer into a file that is kept by what it holds, so that no layer is compressed twice. */

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createFolder } from '../files/create-folder.ts';
import { toFileFault } from '../files/file-fault.ts';
import { writeWhole } from '../files/write-whole.ts';
import { digestOfStream, verifyBlob } from '../image/digest.ts';
import type { ImageBlob } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';

/** As fast as the network or faster; the higher levels take twice the time for a tenth of the size. */
const level = 1;

/** The compressor is part of the name: another one gives other bytes for the same layer. */
const flavour = `gzip${level}-${process.versions.zlib}`;

/** Where compressed layers, and what is known of layers, are kept unless another place is given: below the current folder. */
export const defaultLayerDirectory = '.optml/layers';

/** Which layer to compress, and where to. */
export interface CompressOptions {
  readonly diffId: string;
  /** Streams the uncompressed tar, and throws when its digest is not `diffId`. */
  open(): AsyncIterable<Uint8Array>;
  readonly layerDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compresses a layer with gzip, whose header says neither a time nor a system. The file appears in the layer
 * directory whole or not at all; one that is there already is checked and used.
 *
 * @throws ImageError `DISK_FULL`, `OUTPUT_UNWRITABLE`, or what `open` throws.
 */
export async function compressLayer(options: CompressOptions): Promise<ImageBlob> {
  const { layerDirectory } = options;
  try {
    await createFolder(layerDirectory);
    return (await findCompressed(options)) ?? (await compress(options));
  } catch (error) {
    throw toFileFault(error, 'OUTPUT_UNWRITABLE', 'compress a layer', layerDirectory);
  }
}

/** Layers by their names: `DIFF_ID.FLAVOUR.DIGEST.tar.gz`, in hexadecimal. */
async function findCompressed({ diffId, layerDirectory }: CompressOptions): Promise<ImageBlob | undefined> {
  const start = `${hexadecimal(diffId)}.${flavour}.`;
  for (const name of await readdir(layerDirectory)) {
    const match = name.startsWith(start) && /^([0-9a-f]{64})\.tar\.gz$/.exec(name.slice(start.length));
    if (!match) continue;
    const file = join(layerDirectory, name);
    const digest = `sha256:${match[1]}`;
    if ((await digestOfStream(createReadStream(file, { highWaterMark: 1024 * 1024 }))) === digest) {
      await touch(file);
      return createFileBlob(file, digest, (await stat(file)).size);
    }
    await rm(file, { force: true });
  }
  return undefined;
}

/** For `pruneLayers`. A directory that cannot be written is good for reading all the same. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
}

async function compress({ diffId, open, layerDirectory, signal }: CompressOptions): Promise<ImageBlob> {
  const unfinished = join(layerDirectory, `${hexadecimal(diffId)}.${crypto.randomUUID()}.unfinished`);
  const hash = createHash('sha256');
  let size = 0;
  const measure = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of hideSystem(source)) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const gzip = createGzip({ level, chunkSize: 256 * 1024 });
  let digest = '';
  const file = await writeWhole(unfinished, async () => {
    await pipeline(open(), gzip, measure, createWriteStream(unfinished, { flags: 'wx' }), { signal });
    digest = `sha256:${hash.digest('hex')}`;
    return join(layerDirectory, `${hexadecimal(diffId)}.${flavour}.${hexadecimal(digest)}.tar.gz`);
  });
  return createFileBlob(file, digest, size);
}

/** Byte 9 of a gzip header names the system that made it; 255 is "unknown". */
async function* hideSystem(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of source) {
    if (offset <= 9 && offset + chunk.length > 9) chunk[9 - offset] = 0xff;
    offset += chunk.length;
    yield chunk;
  }
}

/** A blob that is a file. */
function createFileBlob(file: string, digest: string, size: number): ImageBlob {
  const descriptor = { mediaType: mediaTypes.docker.gzip, digest, size };
  // Each chunk costs a few turns of the event loop on its way to the network.
  const read = (signal?: AbortSignal) => createReadStream(file, { signal, highWaterMark: 1024 * 1024 });
  return { descriptor, open: (signal) => verifyBlob(read(signal), descriptor, file) };
}

function hexadecimal(digest: string): string {
  return digest.slice('sha256:'.length);
}
