/** Turns the bytes of a body into text, strictly: a byte that is not text is an error, never U+FFFD. */

import { TextDecoder } from 'node:util';
import { CodecError } from '../errors.ts';
import { type BodyReader, readBody, readChunks } from './body-reader.ts';
import type { DecodeOptions } from './codec.ts';

/** Where in its body the text ends that has been read so far, as far as it is known. */
type TellPlace = () => { readonly line: number; readonly record: number } | undefined;

/**
 * Creates a reader of text in pieces of at most 64 Ki bytes, without the byte order mark. Text in front of
 * a wrong byte is given before the error is thrown, so that results do not depend on the chunks; `place` is
 * asked then, and is where the wrong byte is.
 *
 * @throws `CodecError` with `CHARSET_UNSUPPORTED`; while reading, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`
 */
export function createTextReader(
  options: DecodeOptions = {},
  place: TellPlace = () => undefined,
): BodyReader<string> {
  const decoder = findDecoder(options);
  return decoder === undefined ? new Utf8Reader(place) : new CharsetReader(decoder);
}

/**
 * Turns text into UTF-8 as it comes; text that is UTF-8 already passes as it is, and is not looked at.
 *
 * @throws `CodecError` with `CHARSET_UNSUPPORTED`; while reading, `TEXT_NOT_IN_CHARSET`
 */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  options: Pick<DecodeOptions, 'parameters'>,
): AsyncGenerator<Uint8Array> {
  const decoder = findDecoder(options);
  if (decoder === undefined) yield* chunks;
  else for await (const text of readChunks(new CharsetReader(decoder), chunks)) yield Buffer.from(text);
}

/**
 * Decodes a whole body of text, without the byte order mark, by the charset among its parameters.
 *
 * @throws `CodecError` with `CHARSET_UNSUPPORTED`, `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`
 */
export function decodeText(body: Uint8Array, options?: Pick<DecodeOptions, 'parameters'>): string {
  return readBody(createTextReader(options), body).join('');
}

/** Gives the decoder of another charset than UTF-8; undefined for that. */
export function findDecoder({ parameters }: Pick<DecodeOptions, 'parameters'>): TextDecoder | undefined {
  const charset = parameters?.charset?.toLowerCase() || 'utf-8';
  // The Encoding Standard reads us-ascii as windows-1252; clients that declare it send UTF-8 or plain ASCII.
  if (['utf-8', 'us-ascii', 'ascii'].includes(charset)) return undefined;
  const decoder = createDecoder(charset);
  return decoder.encoding === 'utf-8' ? undefined : decoder;
}

function createDecoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch (cause) {
    const message = `decoding text: the charset ${JSON.stringify(charset.slice(0, 100))} is not supported: send utf-8, or use a name from the Encoding Standard, for example iso-8859-1 or utf-16le`;
    throw new CodecError('CHARSET_UNSUPPORTED', message, { cause });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Carries cut characters itself: TextDecoder's own stream mode is slower and hides where it failed. */
class Utf8Reader implements BodyReader<string> {
  readonly #place: TellPlace;
  #carry: Uint8Array = nothing;
  #offset = 0;
  #started = false;
  #firstByte: number | undefined;

  constructor(place: TellPlace) {
    this.#place = place;
  }

  *read(chunk: Uint8Array): Generator<string> {
    for (const piece of cutPieces(chunk)) {
      const bytes = this.#carry.length === 0 ? piece : Buffer.concat([this.#carry, piece]);
      this.#firstByte ??= bytes[0];
      const complete = bytes.subarray(0, measureComplete(bytes));
      const { text, invalidAt } = decodeUtf8(complete);
      yield this.#dropMark(text);
      if (invalidAt !== undefined) throw this.#createError(invalidAt, bytes);
      // A copy: the source may use its buffer again.
      this.#carry = complete.length === bytes.length ? nothing : bytes.slice(complete.length);
      this.#offset += complete.length;
    }
  }

  end(): readonly string[] {
    if (this.#carry.length > 0) throw createNotUtf8Error(this.#offset, this.#place());
    return [];
  }

  #dropMark(text: string): string {
    const isFirst = !this.#started && text !== '';
    this.#started ||= isFirst;
    return isFirst && text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  #createError(invalidAt: number, bytes: Uint8Array): CodecError {
    const at = this.#offset + invalidAt;
    const isPacked = at === 1 && this.#firstByte === 0x1f && bytes[invalidAt] === 0x8b;
    if (isPacked) return createPackedError(this.#place());
    // A byte order mark begins with a byte that no UTF-8 has.
    const wide = at === 0 ? byteOrderMarks.get(bytes[invalidAt]) : undefined;
    return wide === undefined ? createNotUtf8Error(at, this.#place()) : createWideError(wide, this.#place());
  }
}

const nothing = new Uint8Array(0);

const pieceBytes = 64 * 1024;

function* cutPieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
}

/** Counts the bytes in front of a character that the end cuts. */
function measureComplete(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return wanted > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function decodeUtf8(bytes: Uint8Array): { text: string; invalidAt?: number | undefined } {
  try {
    return { text: utf8.decode(bytes) };
  } catch {
    const invalidAt = findInvalidByte(bytes);
    return { text: utf8.decode(bytes.subarray(0, invalidAt)), invalidAt };
  }
}

/** Walks the replacement characters of a lenient decoding up to the first that the bytes do not spell. */
function findInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  for (const part of Buffer.from(bytes).toString('utf8').split('\ufffd')) {
    at += Buffer.byteLength(part);
    if (bytes[at] !== 0xef || bytes[at + 1] !== 0xbf || bytes[at + 2] !== 0xbd) break;
    at += 3;
  }
  return at;
}

/** Completes what is wrong with text that is not UTF-8. */
export const charsetAdvice =
  'write it as UTF-8, or name its charset in the content type, for example text/csv; charset=iso-8859-1';

function createNotUtf8Error(offset: number, place: ReturnType<TellPlace>): CodecError {
  const where = place === undefined ? '' : `, in the record that starts on line ${place.line},`;
  const message = `decoding text: byte ${offset} of the body (from zero)${where} is not UTF-8: ${charsetAdvice}`;
  return new CodecError('TEXT_NOT_UTF8', message, place);
}

/** The charsets that the first bytes of their marks tell. */
const byteOrderMarks: ReadonlyMap<number | undefined, string> = new Map([
  [0xff, 'utf-16le'],
  [0xfe, 'utf-16be'],
]);

function createWideError(charset: string, place: ReturnType<TellPlace>): CodecError {
  const message = `decoding text: the body seems to be ${charset}: write it as UTF-8, or name its charset in the content type, for example text/csv; charset=${charset}`;
  return new CodecError('TEXT_NOT_UTF8', message, place);
}

/** Source: RFC 1952, 2.3.1. */
function createPackedError(place: ReturnType<TellPlace>): CodecError {
  const message = 'decoding text: the body is gzip: decompress it before sending';
  return new CodecError('TEXT_NOT_UTF8', message, place);
}

class CharsetReader implements BodyReader<string> {
  readonly #decoder: TextDecoder;

  constructor(decoder: TextDecoder) {
    this.#decoder = decoder;
  }

  *read(chunk: Uint8Array): Generator<string> {
    for (const piece of cutPieces(chunk)) yield this.#decode(piece);
  }

  end(): readonly string[] {
    return [this.#decode(undefined)];
  }

  #decode(bytes: Uint8Array | undefined): string {
    try {
      return this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      const message = `decoding text: the body is not ${this.#decoder.encoding}: send UTF-8, or correct the charset`;
      throw new CodecError('TEXT_NOT_IN_CHARSET', message, { cause });
    }
  }
}
