/** SHA-256 digests as images write them, and streams that are checked against one. */

import { createHash } from 'node:crypto';
import { ImageError } from '../errors.ts';
import type { Descriptor } from './image.ts';

/** Tells whether `text` is `sha256:` and 64 lower-case hexadecimal digits: no other algorithm is in use. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The digest of what a stream gives. */
export async function digestOfStream(
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Passes bytes on and, after the last, throws what `refuse` gives for a digest that is not the expected one. */
export async function* verifyDigest(
  source: AsyncIterable<Uint8Array>,
  expected: string,
  refuse: (found: string) => ImageError,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== expected) throw refuse(found);
}

/**
 * Passes bytes on and, after the last, refuses those that are not the descriptor's. It stops as soon as there
 * are more than `size`.
 *
 * @throws ImageError `BLOB_MISMATCH`
 */
export async function* verifyBlob(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: Descriptor,
  where: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    if (read > size) throw mismatch(`is longer than the ${size} bytes in its manifest`);
    hash.update(chunk);
    yield chunk;
  }
  if (read < size) throw mismatch(`ends after ${read} of ${size} bytes`);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw mismatch(`has the digest ${found}`);

  function mismatch(what: string): ImageError {
    return new ImageError(
      'BLOB_MISMATCH',
      `blob ${digest} of ${where} ${what}: it was damaged or changed; get or push the image again`,
      { digest, retryable: true },
    );
  }
}
