/** Reads the text that a hook gets for a body. */

import { TextDecoder } from 'node:util';
import { CodecError } from '@optml/codecs';

/**
 * Reads a body by the charset of its media type; a string is ASCII.
 *
 * @throws CodecError `TEXT_NOT_UTF8`, `TEXT_NOT_IN_CHARSET`, `CHARSET_UNSUPPORTED`
 */
export function readText(body: string | Uint8Array, charset = 'utf-8'): string {
  const decoder = createDecoder(charset);
  const isUtf8 = decoder.encoding === 'utf-8';
  if (typeof body === 'string' && isUtf8) return body;
  try {
    return decoder.decode(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
  } catch (cause) {
    if (!isUtf8) {
      const message = `reading the body: it is not ${decoder.encoding}, send UTF-8 or correct the charset`;
      throw new CodecError('TEXT_NOT_IN_CHARSET', message, { cause });
    }
    const message = 'reading the body: it is not UTF-8, send UTF-8 or name the charset in the content type';
    throw new CodecError('TEXT_NOT_UTF8', message, { cause });
  }
}

function createDecoder(charset: string): TextDecoder {
  // The Encoding Standard reads us-ascii as windows-1252; clients that declare it send UTF-8 or plain ASCII.
  const label = /^(?:us-)?ascii$|^$/i.test(charset) ? 'utf-8' : charset;
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (cause) {
    const message = `reading the body: its charset ${JSON.stringify(charset.slice(0, 100))} is not known here, send utf-8`;
    throw new CodecError('CHARSET_UNSUPPORTED', message, { cause });
  }
}
