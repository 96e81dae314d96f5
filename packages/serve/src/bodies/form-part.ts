/** What the headers of one part of a form say. */

import { decodeText } from '@optml/codecs/text';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';

/** The headers of a part as they came: names in lower case, values as Latin-1. */
export type PartHeaders = Readonly<Record<string, readonly string[]>>;

export interface PartHead {
  /** Which part it is, from one. */
  readonly number: number;
  readonly name: string;
  /** The name of the file, without folders; `undefined` for a text. */
  readonly fileName: string | undefined;
  /** Lower case, without parameters; empty where the part has none. */
  readonly contentType: string;
  readonly charset: string | undefined;
}

/** The most bytes and lines of the headers of a part. */
export const maximumHeaderBytes = 16 * 1024;
export const maximumHeaders = 100;

/** @throws ServeError `FORM_MALFORMED` */
export function readPartHead(headers: PartHeaders, number: number): PartHead {
  assertSmall(headers, number);
  const [disposition = ''] = headers['content-disposition'] ?? [];
  const { name, filename, ...others } = readParameters(disposition);
  if (!/^\s*form-data\s*(?:;|$)/i.test(disposition) || name === undefined) {
    const message = `part ${number} of the form has no name: send the header Content-Disposition: form-data; name="..." with each part`;
    throw new ServeError('FORM_MALFORMED', message);
  }
  assertPlain(headers, name);
  const [type = ''] = headers['content-type'] ?? [];
  const contentType = type.replace(/;.*$/s, '').trim().toLowerCase();
  const extended = others['filename*'];
  const sentName = decodeExtended(extended) ?? filename;
  const isFile = extended !== undefined || !isText(contentType);
  const fileName = sentName ?? (isFile ? '' : undefined);
  return {
    number,
    name,
    // Some clients send the path that the file has with them.
    fileName: fileName?.replace(/^.*[/\\]/s, ''),
    contentType,
    charset: readParameters(type).charset,
  };
}

function assertSmall(headers: PartHeaders, number: number): void {
  const lines = Object.entries(headers).flatMap(([name, values]) => values.map((value) => [name, value]));
  const bytes = lines.reduce((sum, [name = '', value = '']) => sum + name.length + value.length, 0);
  if (lines.length <= maximumHeaders && bytes <= maximumHeaderBytes) return;
  const message = `part ${number} of the form has more than ${maximumHeaders} headers or ${maximumHeaderBytes} bytes of them: send its name, the name of its file and its Content-Type alone`;
  throw new ServeError('FORM_MALFORMED', message);
}

/** Source: RFC 7578, 4.7, which gives up on all other encodings. */
function assertPlain(headers: PartHeaders, name: string): void {
  const [encoding = ''] = headers['content-transfer-encoding'] ?? [];
  if (['', '7bit', '8bit', 'binary'].includes(encoding.trim().toLowerCase())) return;
  const message = `part ${quoteName(name)} of the form has the Content-Transfer-Encoding ${quoteName(encoding)}, which is not supported: send its bytes as they are`;
  throw new ServeError('FORM_MALFORMED', message);
}

/** Browsers write a quotation mark as %22, curl as \"; other backslashes mean themselves. */
function readParameters(header: string): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/gs;
  for (const [, key = '', quoted, bare] of header.matchAll(parameter)) {
    const value = quoted?.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"') ?? bare ?? '';
    found[key.toLowerCase()] ??= Buffer.from(value, 'latin1').toString('utf8');
  }
  return found;
}

/**
 * Reads `UTF-8''na%C3%AFve.txt`, which some clients write for names that are not ASCII; `undefined` for what cannot be
 * decoded. Source: RFC 5987.
 */
function decodeExtended(value: string | undefined): string | undefined {
  const [, charset, encoded = ''] = /^([\w-]+)'[^']*'(.*)$/s.exec(value ?? '') ?? [];
  if (charset === undefined) return undefined;
  const bytes = encoded.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return new TextDecoder(charset, { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

/** What has no file name is a file all the same where its type is one of bytes. */
function isText(contentType: string): boolean {
  return contentType === '' || contentType.startsWith('text/') || /[/+](?:json|xml)$/.test(contentType);
}

/** @throws ServeError `FORM_MALFORMED` for text that is not in its charset, or a charset that is not known. */
export function decodeField(bytes: Uint8Array, { name, charset }: PartHead): string {
  try {
    return decodeText(bytes, { parameters: charset === undefined ? {} : { charset } });
  } catch (cause) {
    const message = `reading the field ${quoteName(name)} of the form failed: ${(cause as Error).message}`;
    throw new ServeError('FORM_MALFORMED', message, { cause });
  }
}
