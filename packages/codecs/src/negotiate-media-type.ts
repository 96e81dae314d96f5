/** Chooses the media type of an answer from an Accept header. */

import { format, isTypeValid, parse } from 'content-type';
import Negotiator from 'negotiator';

/**
 * Returns the member of `available` that an Accept header prefers: by quality, then by how closely the range
 * names it, then by the order of the header, then by the order of `available`. An absent or empty header takes
 * the first; `undefined` means that none is acceptable. Never throws: a malformed range counts as not sent.
 *
 * A parameter that no available type carries is ignored, so `text/csv;charset=utf-8` fits `text/csv`: clients
 * name the charset they can read anyway, and a refusal would help nobody.
 */
export function negotiateMediaType(
  accept: string | undefined,
  available: readonly string[],
): string | undefined {
  if (accept === undefined || /^[\s,]*$/.test(accept)) return available[0];
  const names = new Set(['q', ...available.flatMap((type) => Object.keys(parse(type).parameters))]);
  const ranges = [...parseRanges(accept)].flatMap((range) => normalizeRange(range, names));
  if (ranges.length === 0) return undefined;
  return new Negotiator({ headers: { accept: ranges.join(', ') } }).mediaType(available);
}

interface Range {
  readonly type: string;
  readonly parameters: Record<string, string>;
}

function* parseRanges(accept: string): Generator<Range> {
  let start = 0;
  while (start < accept.length) {
    const { type, parameters, index } = parse(accept, { comma: true, start });
    yield { type, parameters };
    start = index + 1;
  }
}

/** Writes a range anew, or nothing when it is malformed: `negotiator` would read a bad quality as NaN. */
function normalizeRange({ type, parameters }: Range, names: ReadonlySet<string>): string[] {
  // A lone `*` is what the HTTP client of older Java versions sends for `*/*`.
  const fullType = type === '*' ? '*/*' : type;
  const quality = Number(parameters.q ?? '1');
  if (!isTypeValid(fullType) || !(quality >= 0) || parameters.q === '') return [];

  const kept = Object.entries(parameters).filter(([name]) => names.has(name));
  try {
    return [format({ type: fullType, parameters: Object.fromEntries(kept) })];
  } catch {
    return [];
  }
}
