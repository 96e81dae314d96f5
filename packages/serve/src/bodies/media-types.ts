/** The content types of requests and replies, and the choice among them. */

import {
  type Codec,
  findCodec,
  findNamedMediaType,
  type MediaType,
  negotiateMediaType,
  parseMediaType,
} from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';
import { formType } from './form-type.ts';
import { type Format, findFormat, formats } from './formats.ts';
import type { Frame } from './frames.ts';
import {
  eventStreamType,
  findReplyFormat,
  findStreamFormat,
  type KnownTypes,
  listTypes,
} from './known-types.ts';
import { memoize } from './memoize.ts';

/** What the Python SDK's DataSerializer calls bytes. */
const otherNames = new Map([['file-path/raw-bytes', 'application/octet-stream']]);

/** A request's content type with what reads it. */
export interface RequestType extends MediaType {
  readonly format: Format;
  /** True when ASCII bytes mean what they mean in ASCII. */
  readonly isUtf8: boolean;
  /** How many columns of csv, from the left, hold labels. */
  readonly labelColumns: number;
}

/** A type that the reply may have, with what writes it. */
export interface ReplyType extends RankedType {
  readonly format: Format;
}

/** A type that a streamed reply may have, with what writes its items. */
export interface StreamType extends RankedType {
  readonly frame: Frame;
}

interface RankedType {
  readonly type: string;
  /** True where the request leaves the type open. */
  readonly isOpen?: boolean | undefined;
  /** True where a codec of the author's writes it. */
  readonly isOwn?: boolean | undefined;
}

/** What a predictor reads and writes. */
export type MediaTypes = ReturnType<typeof createMediaTypes>;

export interface MediaTypesOptions {
  /** The type of replies to requests that leave it open. */
  readonly defaultAccept?: string | undefined;
  /** True where hooks write the replies, in whatever types they know. */
  readonly areRepliesHooked?: boolean | undefined;
}

/**
 * Creates the choice among the author's own codecs, which come first, and the built-in ones.
 *
 * @throws ServeError `DEFAULT_ACCEPT_INVALID` for a default type that the predictor cannot write.
 */
export function createMediaTypes(
  own: readonly Codec[] = [],
  { defaultAccept, areRepliesHooked = false }: MediaTypesOptions = {},
) {
  const known = listTypes([...own, ...formats.map(({ codec }) => codec)]);
  const { contentTypes, canonicalTypes, allTypes, streamedTypes } = known;
  const defaultType =
    defaultAccept === undefined ? undefined : resolveDefault(defaultAccept, known, areRepliesHooked);
  return {
    /** One type of each codec, the canonical one where it can be named. */
    contentTypes,
    /** False where a codec of the author's reads forms. */
    readsForms: findCodec(own, formType) === undefined,
    /** The canonical types that a streamed reply can have. */
    streamTypes: streamedTypes.filter((type) => type === eventStreamType || canonicalTypes.includes(type)),
    /**
     * Parses a `Content-Type` header, whether a codec knows its type or not.
     *
     * @throws CodecError `MEDIA_TYPE_MALFORMED`.
     */
    parseContentType: (header: string) => parseMediaType(header, allTypes),
    /**
     * Finds the codec of a `Content-Type` header.
     *
     * @throws ServeError `CONTENT_TYPE_MISSING`, `CONTENT_TYPE_UNSUPPORTED`; CodecError `MEDIA_TYPE_MALFORMED`.
     */
    resolveContentType: memoize((header: string | undefined) => resolveContentType(header, known)),
    /**
     * Gives the types that a reply may have, the best first. A request that leaves it open gets the default type,
     * else its own type, else JSON, else the octet stream, which is for bytes.
     *
     * @throws ServeError `ACCEPT_UNSATISFIABLE` when there is none at all.
     */
    rankReplyTypes: memoize((accept: string | undefined, contentType: string) =>
      rankReplyTypes(accept, [defaultType, contentType], known),
    ),
    /**
     * Gives the types that a streamed reply may have, in the same order.
     *
     * @throws ServeError `ACCEPT_UNSATISFIABLE` when there is none at all.
     */
    rankStreamTypes: memoize((accept: string | undefined, contentType: string) =>
      rankStreamTypes(accept, [defaultType, contentType], known),
    ),
    /**
     * Gives the type that a hook is to write: the one that the `Accept` header asks for by name, whether a codec knows it
     * or not, else the default type, else JSON.
     */
    nameReplyType: memoize(
      (accept: string | undefined) =>
        findNamedMediaType(accept ?? '', allTypes) ?? defaultType ?? 'application/json',
    ),
  };
}

function resolveDefault(
  defaultAccept: string,
  { codecs, allTypes, list }: KnownTypes,
  areRepliesHooked: boolean,
): string {
  const type = nameType(defaultAccept, allTypes);
  if (type !== undefined && (areRepliesHooked || findCodec(codecs, type) !== undefined)) return type;
  const quoted = JSON.stringify(clip(defaultAccept));
  const message = `defaultAccept is ${quoted}: expected one media type that the predictor writes: ${list}`;
  throw new ServeError('DEFAULT_ACCEPT_INVALID', message);
}

function resolveContentType(header: string | undefined, { codecs, allTypes, list }: KnownTypes): RequestType {
  if (header === undefined || header.trim() === '') {
    throw new ServeError(
      'CONTENT_TYPE_MISSING',
      `the request has no Content-Type: send one of ${list}, ${formType}`,
    );
  }
  const sent = parseMediaType(header, allTypes);
  const type = findRequestType(codecs, sent) ?? findRequestType(codecs, giveOtherName(sent));
  if (type !== undefined) return type;
  const isUnnamed = sent.type === 'application/x-www-form-urlencoded';
  const hint = isUnnamed ? '; clients such as curl send it unless they are told the type of the body' : '';
  const message = `the Content-Type ${JSON.stringify(clip(sent.type))} is not supported: send one of ${list}, ${formType}${hint}`;
  throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
}

/** What comes first where the request leaves it open, as far as it can be written. */
type Preferred = readonly [defaultType: string | undefined, contentType: string];

function rankReplyTypes(
  accept: string | undefined,
  [defaultType, contentType]: Preferred,
  { codecs, canonicalTypes, allTypes, list }: KnownTypes,
): readonly ReplyType[] {
  const own = allTypes.includes(contentType) ? [contentType] : [];
  const first = defaultType === undefined ? own : [defaultType, ...own];
  const types = [...first, 'application/json', ...canonicalTypes, ...allTypes];
  const ranked = rankTypes(accept, first, [...types, ...listNamedTypes(accept, codecs)]);
  // Whether the prediction is a stream is not known yet.
  if (ranked.length === 0 && negotiateMediaType(accept, [eventStreamType]) === undefined)
    throw createUnsatisfiableError(accept, 'that can be produced', list);
  return ranked.map((type) => {
    const format = findReplyFormat(codecs, type);
    return { type, isOpen: isOpen(accept), isOwn: format.isOwn, format };
  });
}

function rankStreamTypes(
  accept: string | undefined,
  preferred: Preferred,
  { codecs, streamedTypes }: KnownTypes,
): readonly StreamType[] {
  const first = preferred.filter((type) => type !== undefined && streamedTypes.includes(type)) as string[];
  const types = [...first, 'application/json', ...streamedTypes, ...listNamedTypes(accept, codecs)];
  const ranked = rankTypes(accept, first, types).flatMap((type) => {
    const { frame, isOwn } = findStreamFormat(codecs, type);
    return frame === undefined ? [] : [{ type, isOpen: isOpen(accept), isOwn, frame }];
  });
  if (ranked.length > 0) return ranked;
  const what = 'that can be streamed, and the prediction is streamed';
  throw createUnsatisfiableError(accept, what, streamedTypes.join(', '));
}

function findRequestType(codecs: readonly Codec[], { type, parameters }: MediaType): RequestType | undefined {
  const codec = findCodec(codecs, type);
  if (codec === undefined) return undefined;
  const isUtf8 = (parameters.charset?.toLowerCase() ?? 'utf-8') === 'utf-8';
  const format = findFormat(codec);
  const labelColumns = format.hasLabels === true ? readLabelSize(parameters) : 0;
  return { type, parameters, format, isUtf8, labelColumns };
}

function giveOtherName({ type, parameters }: MediaType): MediaType {
  return { type: otherNames.get(type) ?? type, parameters };
}

/** Source: "Common Data Formats for Inference", `label_size`. */
function readLabelSize({ label_size: size = '0' }: MediaType['parameters']): number {
  if (/^\d{1,6}$/.test(size)) return Number(size);
  const message = `the Content-Type has label_size=${clip(size)}: expected the number of columns with labels, for example text/csv; label_size=1`;
  throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
}

/** Types that only the header names, as `image/png`, and that a codec of a whole range can write. */
function listNamedTypes(accept: string | undefined, codecs: readonly Codec[]): string[] {
  const types = (accept ?? '').split(',').map(withoutParameters);
  return types.filter((type) => /^[\w.+-]+\/[\w.+-]+$/.test(type) && findCodec(codecs, type) !== undefined);
}

/** Where the request leaves it open, its own type and the default come first, then JSON, then the octet stream. */
function rankTypes(
  accept: string | undefined,
  first: readonly string[],
  types: readonly string[],
): readonly string[] {
  if (!isOpen(accept)) return negotiateAll(accept, types);
  return [...new Set([...first, 'application/json', 'application/octet-stream'])];
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

/** Gives a type in full and without its parameters; `undefined` for ranges, lists and what is malformed. */
function nameType(text: string, types: readonly string[]): string | undefined {
  const known = withoutParameters(text);
  if (types.includes(known)) return known;
  try {
    const { type } = parseMediaType(text, types);
    return type.includes('*') ? undefined : type;
  } catch {
    return undefined;
  }
}

function createUnsatisfiableError(accept: string | undefined, what: string, list: string): ServeError {
  const quoted = JSON.stringify(clip(accept ?? ''));
  const message = `the Accept header ${quoted} matches no type ${what}: accept one of ${list}`;
  return new ServeError('ACCEPT_UNSATISFIABLE', message);
}

function withoutParameters(type: string): string {
  return type.replace(/;.*$/s, '').trim().toLowerCase();
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}
