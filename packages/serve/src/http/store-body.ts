/** Writes a large body to disk while it arrives, so that what waits does not fill the memory. */

import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
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

/** Again where a worker that nobody waits for puts another file into the folder meanwhile. */
const removeAll = { recursive: true, force: true, maxRetries: 5 };

export type BodyStore = ReturnType<typeof createBodyStore>;

/** Where a body comes from. */
interface BodySource {
  /** Paused while the disk is slower than the client. */
  readonly source: Readable;
  /** True where the body is a form, whose files get a folder beside it. */
  readonly isForm: boolean;
}

/** Creates the file of a body. */
export function createBodyStore(
  { directory, aboveBytes }: SpillOptions,
  { source, isForm }: BodySource,
  fail: (error: ServeError) => void,
) {
  // Only here: it would take a twentieth of a start.
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto');
  const refuse = (cause: unknown) => {
    source.resume();
    const message = `writing a body of more than ${aboveBytes} bytes to ${directory} failed: ${describeThrown(cause)}: is it writable, and is there space?`;
    fail(new ServeError('BODY_NOT_STORED', message, { cause }));
  };
  const file = join(directory, `optml-body-${randomUUID()}`);
  const hash = createHash('sha1');
  let sizeBytes = 0;
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  stream.on('drain', () => source.resume());
  stream.on('error', refuse);
  // Here, and not by the worker that reads the form: what comes into a folder after its removal would stay.
  const filesDirectory = isForm ? `${file}-files` : undefined;
  const made = filesDirectory === undefined ? undefined : mkdir(filesDirectory, { mode: 0o700 });
  made?.catch(refuse);
  return {
    write(chunk: Uint8Array): void {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      if (!stream.write(chunk)) source.pause();
    },
    /** Resolves when all is written. */
    async end(): Promise<StoredBody> {
      stream.end();
      await Promise.all([closed, made]);
      return { file, sizeBytes, digest: hash.digest('hex'), filesDirectory };
    },
    /** Removes the file and the folder, whenever that is possible; never fails. */
    remove(): void {
      stream.destroy();
      // Only then: a file that is still being opened would come after its removal.
      void closed.then(() => rm(file, { force: true })).catch(() => undefined);
      void made?.then(() => rm(filesDirectory ?? '', removeAll)).catch(() => undefined);
    },
  };
}
