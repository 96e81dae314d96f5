/** An archive as a tar: its entries found, its content streamed from where it lies. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { ImageError } from '../errors.ts';
import { toFileFault } from '../files/file-fault.ts';
import { TarFault } from '../tar/decode-tar-header.ts';
import { indexTar, type TarPlace } from '../tar/index-tar.ts';
import { type Compression, sniffCompression } from './sniff-compression.ts';

/** An archive whose entries are known. */
export interface OpenArchive {
  readonly file: string;
  readonly places: ReadonlyMap<string, TarPlace>;
}

/** @throws ImageError `BASE_NOT_FOUND`, `ARCHIVE_INVALID` */
export async function openArchive(file: string): Promise<OpenArchive> {
  try {
    const places = await indexTar(file);
    if (places.size > 0) return { file, places };
    const facts = await stat(file);
    const what = !facts.isFile() ? 'not a regular file' : facts.size === 0 ? 'empty' : 'not a tar archive';
    const why = `${file} is ${what}: save an image again with "docker save -o ${file} IMAGE"`;
    throw new ImageError('ARCHIVE_INVALID', why, { path: file });
  } catch (error) {
    if (error instanceof TarFault) throw await explainFault(file, error);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      const why = `the archive ${file} does not exist: make it with "docker save -o ${file} IMAGE"`;
      throw new ImageError('BASE_NOT_FOUND', why, { path: file, cause: error });
    }
    throw toFileFault(error, 'ARCHIVE_INVALID', 'read an archive', file);
  }
}

async function explainFault(file: string, fault: TarFault): Promise<ImageError> {
  const compression = sniffCompression(await readStart(file));
  const what =
    compression === undefined
      ? `is damaged or not an archive: ${fault.message}; save it again with "docker save -o ${file} IMAGE"`
      : `is compressed with ${compression}: unpack it first (${unpackers[compression]} ${file})`;
  return new ImageError('ARCHIVE_INVALID', `${file} ${what}`, { path: file, cause: fault });
}

const unpackers: Readonly<Record<Compression, string>> = {
  gzip: 'gunzip',
  zstd: 'unzstd',
  xz: 'unxz',
  bzip2: 'bunzip2',
};

async function readStart(file: string): Promise<Uint8Array> {
  for await (const chunk of createReadStream(file, { end: 5 })) return chunk;
  return new Uint8Array(0);
}

/** Finds a file, through the links that `docker save` once wrote for layers that images share. */
export function findEntry({ places }: OpenArchive, path: string): TarPlace | undefined {
  let place = places.get(path);
  let at = path;
  for (let hops = 0; place?.header.linkTarget !== undefined && hops < 8; hops++) {
    const base = place.header.type === 'symlink' ? `file:///${at}` : 'file:///';
    at = decodeURIComponent(new URL(encodeURI(place.header.linkTarget), encodeURI(base)).pathname.slice(1));
    place = places.get(at);
  }
  return place?.header.type === 'file' ? place : undefined;
}

/** @throws ImageError `ARCHIVE_INVALID` */
export function requireEntry(archive: OpenArchive, path: string): TarPlace {
  const place = findEntry(archive, path);
  if (place !== undefined) return place;
  throw new ImageError(
    'ARCHIVE_INVALID',
    `${archive.file} has no file "${path}", which its manifest names: save the image again`,
    { path: archive.file },
  );
}

/** Streams the content of an entry. */
export async function* streamEntry(
  { file }: OpenArchive,
  { header, offset }: TarPlace,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (header.size === 0) return;
  try {
    yield* createReadStream(file, {
      start: offset,
      end: offset + header.size - 1,
      signal,
      highWaterMark: 256 * 1024,
    });
  } catch (error) {
    throw toFileFault(error, 'ARCHIVE_INVALID', 'read an archive', file);
  }
}

/** Reads a document of the archive whole. @throws ImageError `ARCHIVE_INVALID` */
export async function readEntry(archive: OpenArchive, place: TarPlace): Promise<Uint8Array> {
  const { size, path } = place.header;
  if (size > 4 * 1024 * 1024) {
    throw new ImageError(
      'ARCHIVE_INVALID',
      `${archive.file}: "${path}" has ${size} bytes, which is too large for a document`,
    );
  }
  return buffer(streamEntry(archive, place));
}
