import { isAscii } from 'node:buffer';

/** Gives the text of a body that holds nothing but ASCII, else `undefined`; a string is ASCII already. */
export function readAscii(body: string | Uint8Array): string | undefined {
  if (typeof body === 'string') return body;
  if (!isAscii(body)) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}
