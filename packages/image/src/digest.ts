/** SHA-256 digests as images write them. */

import { createHash } from 'node:crypto';

/** Tells whether `text` is `sha256:` and 64 lower-case hexadecimal digits: no other algorithm is in use. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
