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
import { ServeError } from '../errors.ts';
import { remember } from './remember.ts';

const codecs = [csvCodec, jsonCodec, jsonLinesCodec, octetStreamCodec] as readonly Codec[];
const canonicalTypes = codecs.map((codec) => codec.mediaTypes[0]);
const allTypes = codecs.flatMap((codec) => codec.mediaTypes);
const supported = canonicalTypes.join(', ');

/** A request's content type with the codec that reads it. */
export interface RequestType extends MediaType {
  readonly codec: Codec;
  /** True when ASCII bytes mean what they mean in ASCII. */
  readonly isUtf8: boolean;
}

/** A type that the reply may have, with the codec that writes it. */
export interface ReplyType {
  readonly type: string;
  readonly codec: Codec;
}

/**
 * Finds the codec of a `Content-Type` header.
 *
 * @throws ServeError `CONTENT_TYPE_MISSING`, `CONTENT_TYPE_UNSUPPORTED`; CodecError `MEDIA_TYPE_MALFORMED`.
 */
export const resolveContentType = remember((header: string | undefined): RequestType => {
  if (header === undefined || header.trim() === '') {
    throw new ServeError('CONTENT_TYPE_MISSING', `the request has no Content-Type: send one of ${supported}`);
  }
  const { type, parameters } = parseMediaType(header);
  const codec = findCodec(codecs, type);
  const charset = parameters.charset?.toLowerCase() ?? 'utf-8';
  if (codec !== undefined) return { type, parameters, codec, isUtf8: charset === 'utf-8' };
  const message = `the Content-Type ${JSON.stringify(clip(type))} is not supported: send one of ${supported}`;
  throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
});

/**
 * Gives the types that a reply may have, the best first. A request that leaves it open gets `defaultAccept`,
 * else its own type, else JSON, else the octet stream, which is for bytes.
 *
 * @throws ServeError `ACCEPT_UNSATISFIABLE` when there is none at all.
 */
export const rankReplyTypes = remember(
  (accept: string | undefined, contentType: string, defaultAccept?: string): readonly ReplyType[] => {
    const preferred = [withoutParameters(defaultAccept ?? ''), contentType];
    const known = preferred.filter((type) => allTypes.includes(type));
    const ranked = isOpen(accept)
      ? [...known, 'application/json', 'application/octet-stream']
      : negotiateAll(accept, [...known, 'application/json', ...canonicalTypes, ...allTypes]);
    if (ranked.length === 0) throw createUnsatisfiableError(accept);
    return [...new Set(ranked)].map((type) => ({ type, codec: findReplyCodec(type) }));
  },
);

function findReplyCodec(type: string): Codec {
  const codec = findCodec(codecs, type);
  if (codec === undefined) throw new ServeError('INTERNAL', `there is no codec for ${type}`);
  return codec;
}

function negotiateAll(accept: string | undefined, types: readonly string[]): string[] {
  const available = new Set(types);
  const ranked: string[] = [];
  while (available.size > 0) {
    const type = negotiateMediaType(accept, [...available]);
    if (type === undefined) break;
    ranked.push(type);
    available.delete(type);
  }
  return ranked;
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
