/** Says what is wrong with a value that a schema refused. */

import { isThenable } from '@optml/codecs/arrays';
import { isLossyNumber } from '@optml/codecs/text';
import { describeIssue } from '@optml/contract/describe-issue';
import type * as core from 'zod/v4/core';

/** Problems named one by one; the others are counted. */
const namedProblems = 5;

interface Faulty {
  readonly name: string;
  readonly value: unknown;
  /** True where there may be more issues than were found. */
  readonly isCut?: boolean | undefined;
  /** True where texts stand for numbers that a double cannot hold. */
  readonly hasLossyNumbers?: boolean | undefined;
}

/** Describes the first few issues, as in `instances[2][1] is "abc": expected number`. */
export function describeProblems(
  issues: readonly core.$ZodIssue[],
  { name, value, isCut = false, hasLossyNumbers = false }: Faulty,
): string {
  const lines = issues.slice(0, namedProblems).map((issue) => {
    const { path, value: part, message } = describeIssue(issue, value);
    const place = path === '' || path.startsWith('[') ? path : `.${path}`;
    if (isThenable(part)) return `${name}${place} is a promise: await it, or all of a list with Promise.all`;
    const isLossy = hasLossyNumbers && typeof part === 'string' && isLossyNumber(part.trim());
    return `${name}${place} ${isLossy ? describeLossyNumber(part) : message}`;
  });
  const others = issues.length - lines.length;
  if (others > 0) lines.push(isCut ? `and at least ${others} more` : `and ${others} more`);
  else if (isCut) lines.push('and perhaps more');
  return lines.join('; ');
}

/** Says of the text of a number that no double is it; it reads after the place. */
function describeLossyNumber(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return `is ${shown}, which would be read as ${Number(text)}: send a number that a double can hold, or let the schema take text or a bigint`;
}
