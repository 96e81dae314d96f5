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
  /** The most bytes of the file. */
  readonly maximumBytes: number;
}

const chunkBytes = 64 * 1024;

/** Keeps the order of what is written. Its file has no name once it is open, and is gone with the process at the latest. */
export class ReplySpool {
  /** The bytes of all that was written. */
  bytes = 0;
  readonly #response: ServerResponse;
  readonly #options: ReplySpoolOptions;
  #file: FileHandle | undefined;
  #stored = 0;
  #passedOn = 0;
  #passing: Promise<void> | undefined;
  #isClosed = false;

  constructor(response: ServerResponse, options: ReplySpoolOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** @throws ServeError `REPLY_NOT_STORED` */
  async write(piece: Uint8Array): Promise<void> {
    if (piece.byteLength === 0 || this.#isClosed || this.#response.destroyed) return;
    this.bytes += piece.byteLength;
    if (this.#passing === undefined && !this.#response.writableNeedDrain) {
      this.#response.write(piece);
      return;
    }
    await this.#store(piece);
    this.#passing ??= this.#passOn();
    this.#passing.catch(() => undefined);
  }

  /** Resolves when the client has been given everything, or has left. @throws ServeError `REPLY_NOT_STORED` */
  async flush(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing;
  }

  /** Lets go of the file; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#passing?.catch(() => undefined);
    await this.#file?.close().catch(() => undefined);
  }

  async #store(piece: Uint8Array): Promise<void> {
    const { directory, maximumBytes } = this.#options;
    if (this.#stored + piece.byteLength > maximumBytes) {
      throw createStoreError(`it would take more than ${maximumBytes} bytes of disk: read it while you send`);
    }
    try {
      this.#file ??= await openUnnamed(directory);
      await this.#file.write(piece, 0, piece.byteLength, this.#stored);
      this.#stored += piece.byteLength;
    } catch (cause) {
      const reason = `writing to ${directory} failed: ${describeThrown(cause)}: is it writable, and is there space?`;
      throw createStoreError(reason, cause);
    }
  }

  async #passOn(): Promise<void> {
    try {
      while (this.#passedOn < this.#stored) {
        await waitForRoom(this.#response);
        if (this.#isClosed || this.#response.destroyed) return;
        const chunk = new Uint8Array(Math.min(chunkBytes, this.#stored - this.#passedOn));
        const { bytesRead = 0 } = (await this.#file?.read(chunk, 0, chunk.length, this.#passedOn)) ?? {};
        if (bytesRead === 0) throw createStoreError('its file ended early');
        this.#passedOn += bytesRead;
        if (!this.#response.destroyed) this.#response.write(chunk.subarray(0, bytesRead));
      }
    } finally {
      // At once: what is stored from now on needs another call.
      this.#passing = undefined;
    }
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
