/** Bodies for tests: text to bytes and back, bytes in chunks, and the error of a failing call. */

import { CodecError } from '../src/errors.ts';

/** Encodes text as UTF-8. */
export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Decodes UTF-8, keeping a byte order mark. */
export function toText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Cuts bytes into chunks of the sizes given, over and over; a size of 0 gives an empty chunk. */
export async function* cutBytes(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** Holds what a stream gave, and the error it ended in, if it did. */
export interface Outcome {
  readonly items: unknown[];
  readonly error?: CodecError;
}

/** Reads a stream to its end or its CodecError; any other error is thrown. */
export async function drain(stream: AsyncIterable<unknown>): Promise<Outcome> {
  const items: unknown[] = [];
  try {
    for await (const item of stream) items.push(item);
  } catch (error) {
    if (error instanceof CodecError) return { items, error };
    throw error;
  }
  return { items };
}

/** Returns the CodecError that a call throws; any other outcome is thrown. */
export function catchError(call: () => unknown): CodecError {
  try {
    call();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('expected a CodecError, nothing was thrown');
}
