/** Reads the body of a request, never more of it than allowed. */

import type { IncomingMessage } from 'node:http';
import { ServeError } from './errors.ts';

export interface ReadBodyOptions {
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a whole body into a buffer of its own, which can be transferred to another thread.
 *
 * @throws ServeError `BODY_TOO_LARGE` at the declared length, or at the first byte beyond the limit;
 * `BODY_INCOMPLETE` when the client stops half-way; or the reason of the signal.
 */
export async function readBody(
  request: IncomingMessage,
  { maximumBytes, signal }: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (isDeclaredTooLarge(request, maximumBytes)) throw createTooLargeError(maximumBytes);
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const take = (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) reject(createTooLargeError(maximumBytes));
    else chunks.push(chunk);
  };
  const finish = () => resolve(join(chunks, bytes));
  const breakOff = () =>
    reject(new ServeError('BODY_INCOMPLETE', `the body ended after ${bytes} bytes, before its end`));
  const abort = () => reject(signal.reason);
  request.on('data', take).on('end', finish).on('close', breakOff).on('error', breakOff);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    // The listener for errors stays: a connection can still break, and nobody else listens.
    request.off('data', take).off('end', finish).off('close', breakOff);
    signal.removeEventListener('abort', abort);
  }
}

/** True when the client says itself that it sends more than allowed. */
export function isDeclaredTooLarge(request: IncomingMessage, maximumBytes: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > maximumBytes;
}

function createTooLargeError(maximumBytes: number): ServeError {
  const message = `the body is larger than ${maximumBytes} bytes: send fewer records at a time, or raise maximumBodyBytes`;
  return new ServeError('BODY_TOO_LARGE', message);
}

/** Copies: a chunk may be a part of Node's pool, and what is sent to a worker must own its buffer. */
function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
