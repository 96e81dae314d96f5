/** What the content of a file says of it, as far as anybody asks: a program, a script, a key. */

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  type ElfFile,
  parseElf,
  readElf,
  readElfArchitecture,
  readForeignFormat,
} from '../files/read-elf.ts';

/** What was found; in most files, nothing. */
export interface ContentFacts {
  /** Of a program or library for Linux. */
  readonly elf?: ElfFile | undefined;
  /** Of a program or library for another system. */
  readonly foreignFormat?: 'Mach-O' | 'PE' | undefined;
  /** Of a script: the rest of its first line behind `#!`, with a carriage return where it has one. */
  readonly interpreter?: string | undefined;
  /** It begins with a private key, a token or a password. */
  readonly holdsCredentials?: true | undefined;
}

/** Enough for a first line and the beginning of a key. */
const headBytes = 4096;
/** A larger program is looked at in a file: the tables in it are far apart. */
const mostBytesInMemory = 8 * 1024 * 1024;

/** Reads as little of `content` as it can. `spoolFile` may be written, and is removed. */
export async function inspectContent(
  content: AsyncIterable<Uint8Array>,
  { size, spoolFile }: { readonly size: number; readonly spoolFile: string },
): Promise<ContentFacts> {
  if (size === 0) return {};
  const chunks = content[Symbol.asyncIterator]();
  const head = await readHead(chunks);
  if (readElfArchitecture(head) !== undefined)
    return { elf: (await inspectElf(head, chunks, size, spoolFile)) as ElfFile };
  const foreignFormat = readForeignFormat(head);
  if (foreignFormat !== undefined) return { foreignFormat };
  const text = head.toString('latin1');
  const [, interpreter] = /^#!([^\n]*)\n/.exec(text) ?? [];
  return {
    interpreter: interpreter?.slice(0, 256),
    holdsCredentials: holdsCredentials(text) || undefined,
  };
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for (let bytes = 0; bytes < headBytes; ) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    read.push(value);
    bytes += value.length;
  }
  return Buffer.concat(read);
}

async function inspectElf(
  head: Buffer,
  rest: AsyncIterator<Uint8Array>,
  size: number,
  spoolFile: string,
): Promise<ElfFile | undefined> {
  const whole = concat(head, rest);
  if (size <= mostBytesInMemory) {
    const bytes = await buffer(whole);
    return parseElf(async (position, length) => bytes.subarray(position, position + length));
  }
  try {
    await pipeline(Readable.from(whole, { objectMode: false }), createWriteStream(spoolFile));
    return await readElf(spoolFile);
  } finally {
    await rm(spoolFile, { force: true });
  }
}

async function* concat(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** A key, a token, or a password; not a public certificate, nor a setting that names a variable. */
function holdsCredentials(text: string): boolean {
  return (
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ||
    /(?:_authToken|_auth|_password|npmAuthToken)["']?\s*[=:]\s*(?!["']?\$\{)["']?\S/.test(text) ||
    /^\s*password\s*[=:]\s*\S/m.test(text) ||
    /"auth"\s*:\s*"[^"]/.test(text)
  );
}
