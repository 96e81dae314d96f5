/** Chooses the media type of an answer from an Accept header. */

import { format, isTypeValid, parse } from 'content-type';
import Negotiator from 'negotiator';
import { completeMediaType } from './parse-media-type.ts';

/**
 * Returns the member of `available` that an Accept header prefers: by quality, then by how closely the range
 * names it, then by the order of the header, then by the order of `available`. An absent or empty header takes
 * the first; `undefined` means that none is acceptable. A bare name such as `csv` stands for the type of `available`
 * with that subtype. Never throws: a malformed range counts as not sent.
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
  const ranges = parseRanges(accept, available).flatMap((range) => writeRange(range, names));
  if (ranges.length === 0) return undefined;
  return new Negotiator({ headers: { accept: ranges.join(', ') } }).mediaType(available);
}

/**
 * Returns the media type that an Accept header asks for by name, whether anybody can produce it or not: of its types that
 * are not ranges, the first of those with the highest quality, in lower case and without parameters. `undefined` where it names
 * none, or only types with quality 0. A bare name such as `csv` stands for the type of `types` with that subtype. Never
 * throws: a malformed range counts as not sent.
 */
export function findNamedMediaType(accept: string, types: readonly string[]): string | undefined {
  const named = parseRanges(accept, types).filter(({ type, quality }) => !type.includes('*') && quality > 0);
  const best = Math.max(...named.map(({ quality }) => quality));
  return named.find(({ quality }) => quality === best)?.type;
}

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Leaves out what is malformed: `negotiator` would read a bad quality as NaN. */
function parseRanges(accept: string, types: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (let start = 0; start < accept.length; ) {
    const { type, parameters, index } = parse(accept, { comma: true, start });
    start = index + 1;
    // A lone `*` is what the HTTP client of older Java versions sends for `*/*`.
    const fullType = type === '*' ? '*/*' : completeMediaType(type, types);
    const quality = parameters.q === '' ? Number.NaN : Number(parameters.q ?? '1');
    if (isTypeValid(fullType) && quality >= 0) ranges.push({ type: fullType, quality, parameters });
  }
  return ranges;
}

function writeRange({ type, parameters }: Range, names: ReadonlySet<string>): string[] {
  const kept = Object.entries(parameters).filter(([name]) => names.has(name));
  try {
    return [format({ type, parameters: Object.fromEntries(kept) })];
  } catch {
    return [];
  }
}
