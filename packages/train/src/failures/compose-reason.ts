/** Composes the few characters that the console shows of a failed job: most important first, no part starved. */

import { limits } from '@optml/contract/limits';
import type { Mask } from '../job/mask-secrets.ts';
import { cleanLine, cutEnd, cutStart, joinLines } from './clean-text.ts';
import type { FailureClass } from './failure-class.ts';

export interface ReasonParts {
  readonly failureClass: FailureClass;
  readonly cause: string;
  /** Only where the cluster has several. */
  readonly host?: string | undefined;
  /** Places in the author's code, innermost first, for example `src/train.ts:12:5`. */
  readonly frames?: readonly string[] | undefined;
  /** The last of standard error, oldest first. */
  readonly lastLines?: readonly string[] | undefined;
  readonly hint?: string | undefined;
}

/** Below the limit, for the platform may put words before and after and count them. */
const totalCharacters = limits.failureReasonCharacters - 44;

/** The most that each part may take, in characters; what one does not need is free for the cause and the last lines. */
const budget = { frame: 140, hint: 240, host: 70, furtherFrames: 300, reservedForLines: 200 } as const;
/** Less of a line than this says nothing. */
const shortestLine = 30;

/**
 * Composes the reason in at most 980 UTF-16 units:
 * `<class>: <cause> (at <first frame>)`, then a line each for hint, host and further frames, then the newest of
 * the last lines. Every part is masked before it is cut, so that no piece of a secret is left over.
 */
export function composeReason(parts: ReasonParts, mask: Mask): string {
  const clean = (text: string) => mask(joinLines(mask(text)));
  const [frame, ...furtherFrames] = (parts.frames ?? []).map((text) => cutStart(clean(text), budget.frame));
  const place = frame === undefined ? '' : ` (at ${frame})`;
  const hint = label('hint', parts.hint, budget.hint, clean);
  const host = label('host', parts.host, budget.host, clean);
  const fullCause = clean(parts.cause);
  const lines = cleanLines(parts.lastLines ?? [], fullCause, mask);

  const reserved = Math.min(budget.reservedForLines, takeNewest(lines, totalCharacters).length);
  const taken = `${parts.failureClass}: ${place}${hint}${host}`.length + reserved;
  const cause = cutEnd(fullCause, totalCharacters - taken);
  let reason = `${parts.failureClass}: ${cause}${place}${hint}${host}`;
  const forFrames = Math.min(budget.furtherFrames, totalCharacters - reason.length - reserved);
  reason += takeWhileFits(
    furtherFrames.map((text) => `\nat ${text}`),
    forFrames,
  ).join('');
  reason += takeNewest(lines, totalCharacters - reason.length);
  return cutEnd(mask(reason), totalCharacters);
}

function label(name: string, text: string | undefined, characters: number, clean: Mask): string {
  const cleaned = clean(text ?? '');
  return cleaned === '' ? '' : cutEnd(`\n${name}: ${cleaned}`, characters);
}

/** What says nothing more: V8's native frames, Node's own frames and its version. */
const noise =
  /^(?:\d+: 0x[0-9a-f]+|-+ (?:Native|JavaScript) stack trace -+|at .*\(?node:|Node\.js v\d|\^+$|[{}[\]]$)/;

/** Each line once, where it came last, and not what the cause has said already. */
function cleanLines(lines: readonly string[], cause: string, mask: Mask): readonly string[] {
  const cleaned = mask(lines.join('\n'))
    .split('\n')
    .map((line) => mask(cleanLine(line)))
    .filter((line) => line !== '' && !noise.test(line) && !cause.includes(line));
  return [...new Set(cleaned.reverse())].reverse();
}

function takeWhileFits(texts: readonly string[], characters: number): readonly string[] {
  let left = characters;
  const end = texts.findIndex((text) => {
    left -= text.length;
    return left < 0;
  });
  return end === -1 ? texts : texts.slice(0, end);
}

const heading = '\nlast lines:';

/** As many of the last as fit; the very last is cut when it does not fit alone. */
function takeNewest(lines: readonly string[], characters: number): string {
  const space = characters - heading.length;
  const newestFirst = lines.toReversed().map((line) => `\n${line}`);
  const [newest] = newestFirst;
  const taken = takeWhileFits(newestFirst, space);
  if (newest === undefined || (taken.length === 0 && space < shortestLine)) return '';
  return heading + (taken.length === 0 ? cutEnd(newest, space) : taken.toReversed().join(''));
}
