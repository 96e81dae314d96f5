/** The media types that a list of codecs reads and writes. */

import { type Codec, findCodec } from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';
import { type Format, findFormat } from './formats.ts';
import { frameEvents } from './frames.ts';

/** A type of bodies, as clients are told of it. */
export interface ContentType {
  readonly type: string;
  /** Of a body that is text; others are bytes. */
  readonly description: string | undefined;
}

/** Has no codec: it is never a request, and never a whole reply. */
export const eventStreamType = 'text/event-stream';

/** What a list of codecs reads and writes; no type here is a whole range, but for those in `contentTypes`. */
export interface KnownTypes {
  readonly codecs: readonly Codec[];
  readonly contentTypes: readonly ContentType[];
  /** The content types, as messages name them. */
  readonly list: string;
  readonly canonicalTypes: readonly string[];
  readonly allTypes: readonly string[];
  readonly streamedTypes: readonly string[];
}

export function listTypes(codecs: readonly Codec[]): KnownTypes {
  const contentTypes = describeTypes(codecs);
  const list = contentTypes.map(({ type }) => type).join(', ');
  const canonicalTypes = codecs.map((codec) => codec.mediaTypes[0]).filter(isNamed);
  const allTypes = codecs.flatMap((codec) => codec.mediaTypes).filter(isNamed);
  const streamedTypes = [...new Set([...canonicalTypes, eventStreamType, ...allTypes])].filter(
    (type) => findStreamFormat(codecs, type).frame !== undefined,
  );
  return { codecs, contentTypes, list, canonicalTypes, allTypes, streamedTypes };
}

/** Finds what writes the items of a streamed reply of a type; without a frame where it cannot be streamed. */
export function findStreamFormat(codecs: readonly Codec[], type: string): Pick<Format, 'frame' | 'isOwn'> {
  return type === eventStreamType ? { frame: frameEvents } : findReplyFormat(codecs, type);
}

/** Finds what writes a reply of a type that a codec has. */
export function findReplyFormat(codecs: readonly Codec[], type: string): Format {
  const codec = findCodec(codecs, type);
  if (codec === undefined) throw new ServeError('INTERNAL', `there is no codec for ${type}`);
  return findFormat(codec);
}

/** The type of two codecs is read by the first. */
function describeTypes(codecs: readonly Codec[]): ContentType[] {
  const types = new Map<string, ContentType>();
  for (const codec of codecs) {
    const type = codec.mediaTypes.find((type) => !isNamed(type)) ?? codec.mediaTypes[0];
    if (!types.has(type)) types.set(type, { type, description: findFormat(codec).description });
  }
  return [...types.values()];
}

/** False for a whole range of types. */
function isNamed(type: string): boolean {
  return !type.endsWith('/*');
}
