/** Prepares text and bytes for their way to another thread. */

import { ownBytes } from '../invocation/own-bytes.ts';
import { maximumCopiedBytes } from './job.ts';

/** Gives data that may leave the thread, and what of it is moved rather than copied. */
export function packData(value: string | Uint8Array): {
  readonly data: string | Uint8Array;
  readonly transfer: readonly ArrayBuffer[];
} {
  if (typeof value === 'string') return { data: value, transfer: [] };
  const data = ownBytes(value);
  return { data, transfer: data.byteLength > maximumCopiedBytes ? [data.buffer] : [] };
}
