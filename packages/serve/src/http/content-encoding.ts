/** Refuses bodies that are packed for the way: a codec would take the packed bytes for the body. */

import type { IncomingMessage } from 'node:http';
import { ServeError } from '../errors/errors.ts';

/** True where a header says that the bytes are not the body itself; `identity` says that they are. */
export function isEncoded(request: IncomingMessage): boolean {
  return findEncoding(request) !== undefined;
}

/**
 * Lets a request pass whose body is sent as it is.
 *
 * @throws ServeError `CONTENT_ENCODING_UNSUPPORTED`
 */
export function assertNotEncoded(request: IncomingMessage): void {
  const found = findEncoding(request);
  if (found === undefined) return;
  const quoted = `${found.header} ${JSON.stringify(found.encoding.slice(0, 100))}`;
  const message = `the request has ${quoted}, which is not supported: send the body unencoded, without that header`;
  throw new ServeError('CONTENT_ENCODING_UNSUPPORTED', message);
}

function findEncoding({ headers }: IncomingMessage) {
  const { 'content-encoding': encoding = '', 'transfer-encoding': transfer = '' } = headers;
  if (!isPlain(encoding, 'identity')) return { header: 'Content-Encoding', encoding };
  // Node refuses what does not end in chunks; it takes these apart, and leaves what is packed in them as it is.
  const isTaken = isPlain(transfer, 'chunked') || !/,\s*chunked\s*$/i.test(transfer);
  return isTaken ? undefined : { header: 'Transfer-Encoding', encoding: transfer };
}

/** True for a list of nothing but what changes no byte. */
function isPlain(encodings: string, harmless: string): boolean {
  if (encodings === '' || encodings === harmless) return true;
  return encodings.split(',').every((one) => ['', harmless].includes(one.trim().toLowerCase()));
}

/** Tells what can be sent instead. Source: RFC 9110, 15.5.16. */
export function acceptEncoding(error: unknown): string | undefined {
  const isOne = error instanceof ServeError && error.code === 'CONTENT_ENCODING_UNSUPPORTED';
  return isOne ? 'identity' : undefined;
}
