/** Writes a reply to a client that may not read before it has sent everything: what it does not take yet goes to disk. */

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { waitForRoom } from './write-stream.ts';

export interface ReplySpoolOptions {
  /** Where the file goes; must exist and be writable. */
  readonly directory: string;
  /** The most bytes that the client may leave unread. */
  readonly maximumBytes: number;
  /** How large a file gets before another is begun; default 64 MiB. */
  readonly fileBytes?: number | undefined;
  /** True where nothing is to be sent before it is released; default false. */
  readonly isHeld?: boolean | undefined;
}

interface SpoolFile {
  readonly handle: FileHandle;
  sizeBytes: number;
}

const chunkBytes = 64 * 1024;
const usualFileBytes = 64 * 1024 ** 2;

/**
 * Keeps the order of what is written, and as much on disk as is unread, in files that are given up one by one once they
 * are read. They have no names once they are open, and are gone with the process at the latest.
 */
export class ReplySpool {
  /** The bytes of all that was written. */
  bytes = 0;
  readonly #response: ServerResponse;
  readonly #options: ReplySpoolOptions;
  /** In the order in which they are read; only the last is written. */
  readonly #files: SpoolFile[] = [];
  /** Of the first. */
  #readBytes = 0;
  #unreadBytes = 0;
  #storing: Promise<void> | undefined;
  #passing: Promise<void> | undefined;
  #isHeld: boolean;
  #isClosed = false;

  constructor(response: ServerResponse, options: ReplySpoolOptions) {
    this.#response = response;
    this.#options = options;
    this.#isHeld = options.isHeld ?? false;
  }

  /** @throws ServeError `REPLY_NOT_STORED` */
  async write(piece: Uint8Array): Promise<void> {
    if (piece.byteLength === 0 || this.#isClosed || this.#response.destroyed) return;
    this.bytes += piece.byteLength;
    if (!this.#isHeld && this.#passing === undefined && !this.#response.writableNeedDrain) {
      this.#response.write(piece);
      return;
    }
    this.#storing = this.#store(piece);
    await this.#storing;
    if (!this.#isHeld) this.#pass();
  }

  /** Sends what was held back; resolves as `flush` does. @throws ServeError `REPLY_NOT_STORED` */
  async release(): Promise<void> {
    this.#isHeld = false;
    this.#pass();
    await this.flush();
  }

  /** Resolves when the client has been given everything, or has left. @throws ServeError `REPLY_NOT_STORED` */
  async flush(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing;
  }

  /** Lets go of the files; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([this.#storing, this.#passing]);
    for (const { handle } of this.#files.splice(0)) await handle.close().catch(() => undefined);
  }

  async #store(piece: Uint8Array): Promise<void> {
    const { directory, maximumBytes } = this.#options;
    if (this.#unreadBytes + piece.byteLength > maximumBytes) {
      throw createStoreError(`it would take more than ${maximumBytes} bytes of disk: read it while you send`);
    }
    try {
      const file = await this.#openLast();
      await writeWhole(file, piece);
      file.sizeBytes += piece.byteLength;
      this.#unreadBytes += piece.byteLength;
    } catch (cause) {
      const reason = `writing to ${directory} failed: ${describeThrown(cause)}: is it writable, and is there space?`;
      throw createStoreError(reason, cause);
    }
  }

  async #openLast(): Promise<SpoolFile> {
    const { directory, fileBytes = usualFileBytes } = this.#options;
    const last = this.#files.at(-1);
    if (last !== undefined && last.sizeBytes < fileBytes) return last;
    const file = { handle: await openUnnamed(directory), sizeBytes: 0 };
    this.#files.push(file);
    return file;
  }

  #pass(): void {
    // With nothing to do it would be over before it is noted.
    if (this.#unreadBytes === 0) return;
    this.#passing ??= this.#passOn();
    this.#passing.catch(() => undefined);
  }

  async #passOn(): Promise<void> {
    try {
      while (this.#unreadBytes > 0) {
        await waitForRoom(this.#response);
        if (this.#isClosed || this.#response.destroyed) return;
        const chunk = await this.#readChunk();
        this.#unreadBytes -= chunk.length;
        if (!this.#response.destroyed) this.#response.write(chunk);
      }
    } finally {
      // At once: what is stored from now on needs another call.
      this.#passing = undefined;
    }
  }

  async #readChunk(): Promise<Uint8Array> {
    let [file, next] = this.#files;
    if (file !== undefined && next !== undefined && this.#readBytes === file.sizeBytes) {
      // Another one was begun: nothing is written to it any more.
      this.#files.shift();
      this.#readBytes = 0;
      await file.handle.close();
      file = next;
    }
    if (file === undefined) throw createStoreError('its file is gone');
    const chunk = new Uint8Array(Math.min(chunkBytes, file.sizeBytes - this.#readBytes));
    const { bytesRead } = await file.handle.read(chunk, 0, chunk.length, this.#readBytes);
    if (bytesRead === 0) throw createStoreError('its file ended early');
    this.#readBytes += bytesRead;
    return chunk.subarray(0, bytesRead);
  }
}

/** One call may write a part of it, and does on a full disk. */
async function writeWhole({ handle, sizeBytes }: SpoolFile, piece: Uint8Array): Promise<void> {
  for (let written = 0; written < piece.byteLength; ) {
    const left = piece.byteLength - written;
    written += (await handle.write(piece, written, left, sizeBytes + written)).bytesWritten;
  }
}

function createStoreError(reason: string, cause?: unknown): ServeError {
  const message = `storing the part of the reply that the client has not read yet failed: ${reason}`;
  return new ServeError('REPLY_NOT_STORED', message, { cause });
}

async function openUnnamed(directory: string): Promise<FileHandle> {
  const path = join(directory, `optml-reply-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await rm(path, { force: true });
  return file;
}
