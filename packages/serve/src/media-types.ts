/** The content types of requests and replies, and the choice among them. */

import {
  type Codec,
  csvCodec,
  findCodec,
  jsonCodec,
  jsonLinesCodec,
  type MediaType,
  negotiateMediaType,
  octetStreamCodec,
  parseMediaType,
} from '@optml/codecs';
import { ServeError } from './errors.ts';

const codecs = [csvCodec, jsonCodec, jsonLinesCodec, octetStreamCodec] as readonly Codec[];
const canonicalTypes = codecs.map((codec) => codec.mediaTypes[0]);
const allTypes = codecs.flatMap((codec) => codec.mediaTypes);
const supported = canonicalTypes.join(', ');

/** A request's content type with the codec that reads it. */
export interface RequestType extends MediaType {
  readonly codec: Codec;
}

/**
 * Finds the codec of a `Content-Type` header.
 *
 * @throws ServeError `CONTENT_TYPE_MISSING`, `CONTENT_TYPE_UNSUPPORTED`; CodecError `MEDIA_TYPE_MALFORMED`.
 */
export function resolveContentType(header: string | undefined): RequestType {
  if (header === undefined || header.trim() === '') {
    throw new ServeError('CONTENT_TYPE_MISSING', `the request has no Content-Type: send one of ${supported}`);
  }
  const { type, parameters } = parseMediaType(header);
  const codec = findCodec(codecs, type);
  if (codec !== undefined) return { type, parameters, codec };
  const message = `the Content-Type ${JSON.stringify(clip(type))} is not supported: send one of ${supported}`;
  throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
}

/**
 * Gives the types that a reply may have, the best first, each found only when the one before it could not
 * hold the prediction. A request that leaves it open gets `defaultAccept`, else its own type, else JSON, else
 * the octet stream, which is for bytes.
 *
 * @throws ServeError `ACCEPT_UNSATISFIABLE` when there is none at all.
 */
export function rankReplyTypes(
  accept: string | undefined,
  preferences: { readonly defaultAccept: string | undefined; readonly contentType: string },
): Iterable<string> {
  const preferred = [withoutParameters(preferences.defaultAccept ?? ''), preferences.contentType];
  const known = preferred.filter((type) => allTypes.includes(type));
  if (isOpen(accept)) return new Set([...known, 'application/json', 'application/octet-stream']);
  const available = new Set([...known, 'application/json', ...canonicalTypes, ...allTypes]);
  const first = negotiateMediaType(accept, [...available]);
  if (first === undefined) throw createUnsatisfiableError(accept);
  return negotiateAll(accept, first, available);
}

/** The codec that writes one of the ranked types. */
export function findReplyCodec(type: string): Codec {
  const codec = findCodec(codecs, type);
  if (codec === undefined) throw new ServeError('INTERNAL', `there is no codec for ${type}`);
  return codec;
}

function* negotiateAll(
  accept: string | undefined,
  first: string,
  available: Set<string>,
): Generator<string, void> {
  let type: string | undefined = first;
  while (type !== undefined) {
    yield type;
    available.delete(type);
    type = available.size === 0 ? undefined : negotiateMediaType(accept, [...available]);
  }
}

/** True for what says nothing; spares the commonest requests the negotiation. */
function isOpen(accept: string | undefined): boolean {
  const value = accept?.trim() ?? '';
  return value === '' || value === '*/*';
}

function createUnsatisfiableError(accept: string | undefined): ServeError {
  const quoted = JSON.stringify(clip(accept ?? ''));
  const message = `the Accept header ${quoted} asks for nothing that can be produced: accept one of ${supported}`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}

function withoutParameters(type: string): string {
  return type.replace(/;.*$/s, '').trim().toLowerCase();
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}
