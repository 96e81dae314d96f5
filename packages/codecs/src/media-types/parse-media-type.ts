/** Reads the value of a Content-Type header. */

import { isTokenValid, isTypeValid, parse } from 'content-type';
import { CodecError } from '../errors.ts';

/** Holds a media type taken apart. */
export interface MediaType {
  /** Type and subtype in lower case, such as `text/csv`. */
  readonly type: string;
  /** Names in lower case, values without quotes; an object without a prototype. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Parses a media type such as `text/csv; charset="utf-8"`. The first of two parameters of one name counts;
 * one without a value is ignored. A bare name such as `csv` stands for the type of `types` with that subtype.
 *
 * @throws `CodecError` with `MEDIA_TYPE_MALFORMED`
 */
export function parseMediaType(header: string, types: readonly string[] = []): MediaType {
  const { type: name, parameters } = parse(header);
  const type = completeMediaType(name, types);
  if (!isTypeValid(type) || !Object.keys(parameters).every((name) => isTokenValid(name))) {
    throw new CodecError(
      'MEDIA_TYPE_MALFORMED',
      `reading the media type ${quoteStart(header)}: send type/subtype and parameters such as text/csv; charset=utf-8`,
    );
  }
  return { type, parameters };
}

/** A header may be kilobytes long; its start is enough to recognise it. */
function quoteStart(header: string): string {
  return header.length > 100 ? `${JSON.stringify(header.slice(0, 100))}...` : JSON.stringify(header);
}

/**
 * Returns the first of `types` whose subtype is `name`, with or without `x-`: `text/csv` for `csv`, `application/x-npy`
 * for `npy`. Anything else is returned as it is.
 */
export function completeMediaType(name: string, types: readonly string[]): string {
  if (name.includes('/')) return name;
  const subtype = name.trim().toLowerCase();
  return types.find((type) => type.slice(type.indexOf('/') + 1).replace(/^x-/, '') === subtype) ?? name;
}
