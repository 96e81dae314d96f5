/** Wraps the parts of a source that may be compressed. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TrainError } from '../errors.ts';
import type { DataPart, DataSource } from './data-source.ts';

/**
 * Decompresses every part that is gzip; others pass as they are, for in Pipe mode the platform may
 * have decompressed them already.
 */
export function withDecompression(source: DataSource): DataSource {
  const decompressAll = async function* (parts: AsyncGenerator<DataPart>) {
    for await (const { name, bytes } of parts) yield { name, bytes: decompress(name, bytes) };
  };
  return {
    files: source.files,
    parts: () => decompressAll(source.parts()),
    transportedParts: () => decompressAll(source.transportedParts()),
  };
}

async function* decompress(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { start, rest } = await takeStart(bytes);
  if (start[0] === 0x1f && start[1] === 0x8b) yield* gunzip(name, rest);
  else yield* rest;
}

/** Reads on until there are two bytes, or none are left. */
async function takeStart(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array();
  while (start.length < 2) {
    const { done, value } = await iterator.next();
    if (done) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  async function* rest() {
    try {
      if (start.length > 0) yield start;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { start, rest: rest() };
}

/** @throws TrainError `DATA_INVALID` with the compressed byte up to which the data was read. */
async function* gunzip(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = 0;
  let sourceError: unknown;
  async function* count() {
    try {
      for await (const chunk of bytes) {
        position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      sourceError = error;
      throw error;
    }
  }
  const unzipped = createGunzip();
  // What fails on the way is thrown where the bytes are read.
  pipeline(Readable.from(count()), unzipped, () => {});
  try {
    yield* unzipped;
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError;
    const { code, message } = cause as NodeJS.ErrnoException;
    const what =
      code === 'Z_BUF_ERROR' ? 'its gzip data is cut off' : `its gzip data is damaged (${message})`;
    const problem = `${name}: ${what} before compressed byte ${position}: upload it again`;
    throw new TrainError('DATA_INVALID', problem, { cause });
  }
}
