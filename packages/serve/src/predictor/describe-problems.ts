/** Says what is wrong with a value that a schema refused. */

import { describeIssue } from '@optml/contract';
import type { z } from 'zod';

/** Problems named one by one; the others are counted. */
const namedProblems = 5;

interface Faulty {
  readonly name: string;
  readonly value: unknown;
  /** True where there may be more issues than were found. */
  readonly isCut?: boolean;
}

/** Describes the first few issues, as in `instances[2][1] is "abc": expected number`. */
export function describeProblems(
  issues: readonly z.core.$ZodIssue[],
  { name, value, isCut = false }: Faulty,
): string {
  const lines = issues.slice(0, namedProblems).map((issue) => describe(issue, name, value));
  const others = issues.length - lines.length;
  if (others > 0) lines.push(isCut ? `and at least ${others} more` : `and ${others} more`);
  else if (isCut) lines.push('and perhaps more');
  return lines.join('; ');
}

function describe(issue: z.core.$ZodIssue, name: string, value: unknown): string {
  const { path, message } = describeIssue(issue, value);
  return `${name}${path === '' || path.startsWith('[') ? path : `.${path}`} ${message}`;
}
