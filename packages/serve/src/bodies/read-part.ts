/** Reads one part of a form: a text, or a file in memory or on disk. */

import { createWriteStream, openAsBlob, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { decodeField, type PartHead, type PartHeaders, readPartHead } from './form-part.ts';

export interface FormPart {
  readonly name: string;
  readonly value: string | File;
}

interface PartOptions {
  /** Which part it is, from one. */
  readonly number: number;
  /** Where its file goes when it is large; without it, it stays in memory. */
  readonly directory: string | undefined;
  /** Aborts when nobody waits for the form any more. */
  readonly signal: AbortSignal;
}

/** The most bytes of a text. */
const maximumFieldBytes = 1024 ** 2;
/** The most bytes of a file in memory, where it can go to disk. */
const maximumFileBytes = 1024 ** 2;

/**
 * Reads what the parser gives, which tells the headers before the first byte.
 *
 * @throws ServeError `FORM_MALFORMED`, `BODY_NOT_STORED`
 */
export function readPart(stream: Readable, options: PartOptions): Promise<FormPart> {
  const { number } = options;
  const { promise, resolve, reject } = Promise.withResolvers<FormPart>();
  let part: Part | undefined;
  const guard = <Result>(act: () => Result): Result | undefined => {
    try {
      return act();
    } catch (error) {
      part = undefined;
      reject(error);
      return undefined;
    }
  };
  stream.once('header', (headers: PartHeaders) => {
    part = guard(() => new Part(readPartHead(headers, number), options));
  });
  stream.on('data', (chunk: Uint8Array) => {
    const waiting = guard(() => part?.write(chunk));
    if (waiting === undefined) return;
    stream.pause();
    waiting.then(() => stream.resume(), reject);
  });
  stream.once('end', () => {
    if (part === undefined) reject(createCutError(number));
    else part.end().then(resolve, reject);
  });
  // The parser itself says why.
  stream.on('error', reject);
  return promise;
}

function createCutError(number: number): ServeError {
  const message = `the headers of part ${number} of the form have no end: send an empty line after them`;
  return new ServeError('FORM_MALFORMED', message);
}

/** Where the bytes of a part arrive. */
class Part {
  readonly #head: PartHead;
  readonly #options: PartOptions;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #file: WriteStream | undefined;

  constructor(head: PartHead, options: PartOptions) {
    this.#head = head;
    this.#options = options;
  }

  /** Gives a promise where the next chunk has to wait. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const { name, fileName } = this.#head;
    this.#sizeBytes += chunk.byteLength;
    if (fileName === undefined && this.#sizeBytes > maximumFieldBytes) {
      const message = `the field ${quoteName(name)} of the form has more than ${maximumFieldBytes} bytes: send it as a file, with a filename`;
      throw new ServeError('FORM_MALFORMED', message);
    }
    const isLarge = fileName !== undefined && this.#sizeBytes > maximumFileBytes;
    const { directory } = this.#options;
    if (isLarge && directory !== undefined) return this.#store(directory, chunk);
    this.#chunks.push(chunk);
    return undefined;
  }

  #store(directory: string, chunk: Uint8Array): Promise<void> {
    this.#file ??= this.#open(directory);
    const bytes = Buffer.concat([...this.#chunks, chunk]);
    this.#chunks = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#file.write(bytes, (cause) => (cause ? reject(createStoreError(directory, cause)) : resolve()));
    return promise;
  }

  #open(directory: string): WriteStream {
    const { signal } = this.#options;
    const file = createWriteStream(join(directory, this.#nameFile()), { flags: 'wx', mode: 0o600, signal });
    // The write that fails says so.
    return file.on('error', () => undefined);
  }

  /** Nothing of the client's but a harmless extension, which tools may go by. */
  #nameFile(): string {
    const { number, fileName = '' } = this.#head;
    return `${number}${/\.[a-z0-9]{1,10}$/i.exec(fileName)?.[0] ?? ''}`;
  }

  async end(): Promise<FormPart> {
    const { name, fileName, contentType: type } = this.#head;
    if (fileName === undefined) return { name, value: decodeField(Buffer.concat(this.#chunks), this.#head) };
    if (this.#file === undefined)
      return { name, value: new File(this.#chunks as Uint8Array<ArrayBuffer>[], fileName, { type }) };
    const path = String(this.#file.path);
    try {
      this.#file.end();
      await finished(this.#file);
      const file = new File([await openAsBlob(path, { type })], fileName, { type });
      return { name, value: Object.assign(file, { path }) };
    } catch (cause) {
      throw createStoreError(path, cause);
    }
  }
}

function createStoreError(place: string, cause: unknown): ServeError {
  const message = `writing a file of the form to ${place} failed: ${describeThrown(cause)}: is it writable, and is there space?`;
  return new ServeError('BODY_NOT_STORED', message, { cause });
}
