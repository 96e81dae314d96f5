/** Refuses bodies that are packed for the way: a codec would take the packed bytes for the body. */

import type { IncomingMessage } from 'node:http';
import { ServeError } from '../errors.ts';

/** True where a `Content-Encoding` says that the bytes are not the body itself; `identity` says that they are. */
export function isEncoded({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'] ?? '';
  return encoding !== '' && encoding.split(',').some((one) => !isIdentity(one.trim().toLowerCase()));
}

function isIdentity(encoding: string): boolean {
  return encoding === '' || encoding === 'identity';
}

/**
 * Lets a request pass whose body is sent as it is.
 *
 * @throws ServeError `CONTENT_ENCODING_UNSUPPORTED`
 */
export function assertNotEncoded(request: IncomingMessage): void {
  if (!isEncoded(request)) return;
  const encoding = JSON.stringify(request.headers['content-encoding']?.slice(0, 100));
  const message = `the request has Content-Encoding ${encoding}, which is not read here: send the body as it is, without that header`;
  throw new ServeError('CONTENT_ENCODING_UNSUPPORTED', message);
}

/** Tells what can be sent instead. Source: RFC 9110, 15.5.16. */
export function acceptIdentity(error: unknown): { readonly 'accept-encoding'?: string } {
  const isOne = error instanceof ServeError && error.code === 'CONTENT_ENCODING_UNSUPPORTED';
  return isOne ? { 'accept-encoding': 'identity' } : {};
}
