/** Reads a body back that waited on disk. */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { InvocationBody, StoredBody } from '../invocation/invocation.ts';

/** The most that Node reads at once. */
const maximumBytes = 2 ** 31 - 1;
const chunkBytes = 1024 ** 2;

/** @throws ServeError `BODY_TOO_LARGE`, `BODY_NOT_STORED`. */
export async function readStoredBody({ file, sizeBytes }: StoredBody): Promise<Uint8Array> {
  if (sizeBytes > maximumBytes) {
    const message = `the body has ${sizeBytes} bytes, more than a prediction can take, ${maximumBytes}: send fewer records at a time`;
    throw new ServeError('BODY_TOO_LARGE', message);
  }
  try {
    return await readFile(file);
  } catch (cause) {
    throw createReadError(file, cause);
  }
}

/** The bytes of a body as they are asked for, from the beginning each time. */
export function streamBody(body: InvocationBody): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => readChunks(body) };
}

async function* readChunks(body: InvocationBody): AsyncGenerator<Uint8Array, void> {
  if (typeof body === 'string') yield new TextEncoder().encode(body);
  // The author may keep it or write into it.
  else if (body instanceof Uint8Array) yield new Uint8Array(body);
  else yield* streamFile(body.file);
}

/** @throws ServeError `BODY_NOT_STORED` */
export async function* streamFile(file: string): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) yield chunk;
  } catch (cause) {
    throw createReadError(file, cause);
  }
}

function createReadError(file: string, cause: unknown): ServeError {
  const message = `reading a body back from ${file} failed: ${describeThrown(cause)}: check that nothing deletes files there`;
  return new ServeError('BODY_NOT_STORED', message, { cause });
}
