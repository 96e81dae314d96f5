/** Writes a large body to disk while it arrives, so that what waits does not fill the memory. */

import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import type { StoredBody } from '../invocation/invocation.ts';

/** When bodies go to disk. */
export interface SpillOptions {
  /** Where they go; must exist and be writable. */
  readonly directory: string;
  /** Larger bodies are written to disk; smaller ones stay in memory. */
  readonly aboveBytes: number;
}

export type BodyStore = ReturnType<typeof createBodyStore>;

/** Creates the file of a body; `source` is paused while the disk is slower than the client. */
export function createBodyStore(
  { directory, aboveBytes }: SpillOptions,
  source: Readable,
  fail: (error: ServeError) => void,
) {
  const file = join(directory, `optml-body-${randomUUID()}`);
  const hash = createHash('sha1');
  let sizeBytes = 0;
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  stream.on('drain', () => source.resume());
  stream.on('error', (cause) => {
    source.resume();
    const message = `writing a body of more than ${aboveBytes} bytes to ${directory} failed: ${describeThrown(cause)}: is it writable, and is there space?`;
    fail(new ServeError('BODY_NOT_STORED', message, { cause }));
  });
  return {
    write(chunk: Uint8Array): void {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      if (!stream.write(chunk)) source.pause();
    },
    /** Resolves when all is written. */
    async end(): Promise<StoredBody> {
      stream.end();
      await closed;
      return { file, sizeBytes, digest: hash.digest('hex') };
    },
    /** Removes the file, whenever that is possible; never fails. */
    remove(): void {
      stream.destroy();
      // Only then: a file that is still being opened would come after its removal.
      void closed.then(() => rm(file, { force: true })).catch(() => undefined);
    },
  };
}
