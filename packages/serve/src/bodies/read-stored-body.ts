/** Reads a body back that waited on disk. */

import { readFile } from 'node:fs/promises';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { StoredBody } from '../invocation/invocation.ts';

/** The most that Node reads at once. */
const maximumBytes = 2 ** 31 - 1;

/** @throws ServeError `BODY_TOO_LARGE`, `BODY_NOT_STORED`. */
export async function readStoredBody({ file, sizeBytes }: StoredBody): Promise<Uint8Array> {
  if (sizeBytes > maximumBytes) {
    const message = `the body has ${sizeBytes} bytes, more than a prediction can take, ${maximumBytes}: send fewer records at a time`;
    throw new ServeError('BODY_TOO_LARGE', message);
  }
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `reading a body back from ${file} failed: ${describeThrown(cause)}: check that nothing deletes files there`;
    throw new ServeError('BODY_NOT_STORED', message, { cause });
  }
}
